package import Ports
private import Synchronization

/// A log that keeps what it is told, for tests that look at it.
package final class RecordingLog: EventLog {
    package struct Event: Sendable, Equatable {
        package let level: LogLevel
        package let message: String
        package let fields: [LogField]

        package func value(_ name: String) -> LogField.Value? { fields.first { $0.name == name }?.value }

        package func text(_ name: String) -> String? {
            guard case .string(let text) = value(name) else { return nil }
            return text
        }
    }

    private let kept = Mutex<[Event]>([])

    package init() {}

    package var events: [Event] { kept.withLock { $0 } }

    package func isEnabled(_ level: LogLevel) -> Bool { true }

    package func log(_ level: LogLevel, _ message: String, _ fields: [LogField]) {
        kept.withLock { $0.append(Event(level: level, message: message, fields: fields)) }
    }

    /// The events that say this.
    package func events(_ message: String) -> [Event] { events.filter { $0.message == message } }
}
