import Domain

/// What happened in a run, step by step, as a digest that is always kept and as lines for whoever wants to
/// read them.
///
/// A line has five columns: the step, the virtual time in seconds since the start, who, what, and whatever
/// else helps a reader. The digest covers the first four and the numbers that are handed in with the
/// fifth, so two runs of one seed that differ anywhere differ in it from that step on.
package final class Trace: @unchecked Sendable {
    /// Takes one line; nil when nobody reads.
    private let sink: ((String) -> Void)?
    private var running = Digest64()
    /// The digest after each step, when `keepsSteps`.
    package private(set) var digests: [UInt64] = []
    private let keepsSteps: Bool
    package private(set) var step: UInt64 = 0
    private var time: Int64 = 0

    package init(keepsSteps: Bool = false, sink: ((String) -> Void)? = nil) {
        self.keepsSteps = keepsSteps
        self.sink = sink
    }

    package var digest: UInt64 { running.value }
    package var isRead: Bool { sink != nil }

    /// One more step begins.
    func begin(_ kind: UInt64, _ number: UInt64, at now: MonotonicInstant) {
        if keepsSteps { digests.append(running.value) }
        step += 1
        time = now.nanoseconds
        running.mix(kind ^ UInt64(bitPattern: time) << 8)
        running.mix(number)
    }

    /// Something worth telling. `numbers` are part of the digest, `detail` is not and is only made for a
    /// reader.
    package func note(
        _ who: @autoclosure () -> String, _ what: StaticString, _ first: UInt64 = 0, _ second: UInt64 = 0,
        _ detail: @autoclosure () -> String = ""
    ) {
        running.mix(what)
        running.mix(first)
        running.mix(second)
        guard let sink else { return }
        sink(
            "\(Self.column(String(step), 8)) \(Self.seconds(time)) \(Self.padded(who(), 9)) "
                + "\(Self.padded(what.description, 12)) \(detail())")
    }

    /// A line for readers only, which no digest knows of.
    package func tell(_ who: String, _ what: String, _ detail: @autoclosure () -> String) {
        guard let sink else { return }
        sink(
            "\(Self.column(String(step), 8)) \(Self.seconds(time)) \(Self.padded(who, 9)) "
                + "\(Self.padded(what, 12)) \(detail())")
    }

    /// Seconds with six digits behind the point.
    package static func seconds(_ nanoseconds: Int64) -> String {
        let micros = nanoseconds / 1_000
        let fraction = String(micros % 1_000_000)
        let zeros = String(repeating: "0", count: 6 - fraction.count)
        return column("\(micros / 1_000_000).\(zeros)\(fraction)", 12)
    }

    private static func column(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
