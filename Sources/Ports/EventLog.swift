/// Structured, levelled events. A call never blocks and never fails; what cannot be written is counted and
/// dropped.
package protocol EventLog: Sendable {
    func isEnabled(_ level: LogLevel) -> Bool
    func log(_ level: LogLevel, _ message: String, _ fields: [LogField])
}

package enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    case debug, info, warn, error

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}

/// A named value of an event. Never a payload, a key or a token.
package struct LogField: Sendable, Equatable {
    package enum Value: Sendable, Equatable {
        case string(String)
        case integer(Int64)
        case boolean(Bool)
    }

    package let name: String
    package let value: Value

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = .string(value)
    }

    package init(_ name: String, _ value: some BinaryInteger) {
        self.name = name
        self.value = .integer(Int64(clamping: value))
    }

    package init(_ name: String, _ value: Bool) {
        self.name = name
        self.value = .boolean(value)
    }
}

/// The log that keeps nothing.
package struct SilentEventLog: EventLog {
    package init() {}
    package func isEnabled(_ level: LogLevel) -> Bool { false }
    package func log(_ level: LogLevel, _ message: String, _ fields: [LogField]) {}
}
