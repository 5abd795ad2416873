package import Domain
package import Ports

/// How an event becomes a line.
package enum LogFormat: Sendable, Equatable {
    /// One JSON object a line: `time`, `level`, `message`, then the fields, for machines.
    case json
    /// Time, level, message and `name=value`, for people at a terminal.
    case console(isColored: Bool)

    /// Appends the event and a line feed; there is no other line feed in it.
    package func append(
        _ level: LogLevel, _ message: String, _ fields: [LogField], at time: WallTime, to bytes: inout [UInt8]
    ) {
        switch self {
        case .json: Self.appendJSON(level, message, fields, at: time, to: &bytes)
        case .console(let isColored):
            Self.appendConsole(level, message, fields, at: time, isColored: isColored, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func appendJSON(
        _ level: LogLevel, _ message: String, _ fields: [LogField], at time: WallTime, to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: "{\"time\":\"".utf8)
        bytes.append(contentsOf: time.timestamp.utf8)
        bytes.append(contentsOf: "\",\"level\":\"".utf8)
        bytes.append(contentsOf: level.name.utf8)
        bytes.append(contentsOf: "\",\"message\":\"".utf8)
        EscapedText.append(message, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        for field in fields {
            bytes.append(contentsOf: ",\"".utf8)
            EscapedText.append(field.name, to: &bytes)
            // Names of an object should be unique (RFC 8259 section 4).
            if reservedNames.contains(field.name) { bytes.append(UInt8(ascii: "_")) }
            bytes.append(contentsOf: "\":".utf8)
            switch field.value {
            case .string(let text):
                bytes.append(UInt8(ascii: "\""))
                EscapedText.append(text, to: &bytes)
                bytes.append(UInt8(ascii: "\""))
            case .integer(let number): bytes.append(contentsOf: String(number).utf8)
            case .boolean(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private static let reservedNames = ["time", "level", "message"]

    private static func appendConsole(
        _ level: LogLevel, _ message: String, _ fields: [LogField], at time: WallTime, isColored: Bool,
        to bytes: inout [UInt8]
    ) {
        bytes.append(contentsOf: time.timestamp(fractionDigits: 3).utf8)
        bytes.append(UInt8(ascii: " "))
        if isColored { bytes.append(contentsOf: level.color.utf8) }
        bytes.append(contentsOf: level.padded.utf8)
        if isColored { bytes.append(contentsOf: "\u{1B}[0m".utf8) }
        bytes.append(UInt8(ascii: " "))
        EscapedText.append(message, to: &bytes)
        for field in fields {
            bytes.append(UInt8(ascii: " "))
            EscapedText.append(field.name, to: &bytes)
            bytes.append(UInt8(ascii: "="))
            switch field.value {
            case .string(let text):
                let needsQuotes =
                    text.isEmpty || !text.utf8.allSatisfy { $0 > 0x20 && EscapedText.isPlain($0) }
                if needsQuotes { bytes.append(UInt8(ascii: "\"")) }
                EscapedText.append(text, to: &bytes)
                if needsQuotes { bytes.append(UInt8(ascii: "\"")) }
            case .integer(let number): bytes.append(contentsOf: String(number).utf8)
            case .boolean(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
            }
        }
    }
}

extension LogLevel {
    /// As configuration and logs write it.
    package var name: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warn: "warn"
        case .error: "error"
        }
    }

    package init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }

    fileprivate var padded: String {
        switch self {
        case .debug: "DEBUG"
        case .info: "INFO "
        case .warn: "WARN "
        case .error: "ERROR"
        }
    }

    /// The escape sequence (ECMA-48 SGR) of a colour that can be told from the others on light and dark.
    fileprivate var color: String {
        switch self {
        case .debug: "\u{1B}[90m"
        case .info: "\u{1B}[32m"
        case .warn: "\u{1B}[33m"
        case .error: "\u{1B}[31m"
        }
    }
}
