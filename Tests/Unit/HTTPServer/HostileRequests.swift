import FoundationEssentials
import Testing

/// One input of a client and what the server must answer, from `Tests/Corpus/http1-hostile.json`.
///
/// In the file a character up to U+00FF is the byte of that number, and `⟨text×n⟩` is the text n times.
/// `expect` lists the statuses of the answers in their order, after which the connection has ended or waits.
/// 408 means that the input stops in the middle of a request, `close` that it never begins one.
struct HostileRequest: Sendable, CustomTestStringConvertible {
    enum Answer: Equatable, Sendable {
        case status(Int)
        case close
    }

    let name: String
    let bytes: [UInt8]
    let expected: [Answer]

    var testDescription: String { name }

    /// All of them.
    static let all: [HostileRequest] = {
        var folders = #filePath.split(separator: "/").dropLast(3)
        folders += ["Corpus", "http1-hostile.json"]
        let path = "/" + folders.joined(separator: "/")
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            return try JSONDecoder().decode([HostileRequest].self, from: data)
        } catch {
            preconditionFailure("the corpus cannot be read: \(error)")
        }
    }()
}

extension HostileRequest: Decodable {
    private enum Key: String, CodingKey { case name, bytes, expect }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .name)
        bytes = Self.expand(try container.decode(String.self, forKey: .bytes))
        expected = try container.decode([Answer].self, forKey: .expect)
    }

    private static func expand(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var repeated: [UInt8]?
        var count: Int?
        for scalar in text.unicodeScalars {
            switch (scalar, repeated != nil, count) {
            case ("\u{27E8}", _, _): repeated = []
            case ("\u{27E9}", _, let times?):
                for _ in 0..<times { bytes += repeated ?? [] }
                repeated = nil
                count = nil
            case ("\u{D7}", true, _): count = 0
            case (_, true, let times?): count = times * 10 + Int(scalar.value - 48)
            case (_, true, nil): repeated?.append(UInt8(scalar.value))
            case (_, false, _): bytes.append(UInt8(scalar.value))
            }
        }
        return bytes
    }
}

extension HostileRequest.Answer: Decodable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let status = try? container.decode(Int.self) {
            self = .status(status)
        } else if try container.decode(String.self) == "close" {
            self = .close
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "neither status nor close")
        }
    }
}
