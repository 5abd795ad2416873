import Domain
import Foundation
import Ports
import Testing

@testable import API

@Suite("The published description of the API")
struct DescriptionTests {
    // Proves: described
    @Test("Every route has each of its methods described")
    func routesAreDescribed() {
        for route in Route.allCases {
            let described = APIDescription.operations.filter { $0.template == route.template }
            #expect(
                Set(described.map(\.method))
                    == (route.isPublic ? Set(route.methods).subtracting([.options]) : []))
        }
    }

    @Test("Nothing is described that no route leads to")
    func descriptionsHaveRoutes() {
        for operation in APIDescription.operations {
            let isServed = Route.allCases.contains {
                $0.template == operation.template && $0.methods.contains(operation.method)
            }
            #expect(isServed, "\(operation.method) \(operation.template)")
        }
    }

    /// Texts at the edges of the grammars: each fits where the parser takes it, and only there.
    @Test("The grammars of the description are those of the parsers")
    func grammarsAgree() throws {
        let paths = [
            "", "/", "a", "/a", "a/b/", "//a//b", ".", "..", "...", ".a", "..a", "a.", "a/./b", "a/..",
            "a\\b",
            "a\u{7}", "\u{9F}x", "x\u{2028}", "\u{200F}", "\u{202E}a", "é/ü", "a b", "a%b",
        ]
        for path in paths {
            let parsed = try? RequestedPath(parsing: path)
            #expect(try Self.fits(path, DescribedPatterns.path) == (parsed != nil), "\(path)")
            let isAbsolute = parsed != nil && path.hasPrefix("/")
            #expect(try Self.fits(path, DescribedPatterns.absolutePath) == isAbsolute, "\(path)")
            let isFile = parsed.map { $0.path != .root && !$0.hasTrailingSlash } ?? false
            #expect(try Self.fits(path, DescribedPatterns.filePath) == isFile, "\(path)")
            #expect(
                try Self.fits(path, DescribedPatterns.fileName) == ((try? FileName(path)) != nil), "\(path)")
            let target = try? SymlinkTarget(path)
            #expect(try Self.fits(path, DescribedPatterns.symlinkTarget) == (target != nil), "\(path)")
        }
        for mode in ["", "0", "7", "0644", "07777", "7777", "17777", "00644", "000644", "8", "-1", "0o7"] {
            #expect(try Self.fits(mode, DescribedPatterns.mode) == (FileMode(octal: mode) != nil), "\(mode)")
        }
        for tags in ["", "*", "\"\"", "\"a\"", "W/\"a\"", "\"a\" , W/\"b\"", "a", "w/\"a\"", "*, \"a\""] {
            let isList = TagCondition(parsing: tags) != nil
            #expect(try Self.fits(tags, DescribedPatterns.entityTags) == isList, "\(tags)")
        }
        let long = String(repeating: "k", count: Limits.idempotencyKeyBytesMax)
        for key in ["", "k", "a b", "\"a b\"", "\"\"", "\"a", "a\"", "\"\\\"\"", "\"\\a\"", long, long + "k"]
        {
            let isKey = IdempotencyKey(parsing: key, of: "ada") != nil
            #expect(try Self.fits(key, DescribedPatterns.idempotencyKey) == isKey, "\(key)")
        }
        for wanted in ["", "sha-256=10", "sha-256=1, crc32c=0", "sha-256=11", "sha-256", "=1", "a=1,"] {
            let isWanted = WantedDigests(parsing: wanted) != nil
            #expect(try Self.fits(wanted, DescribedPatterns.wantedDigests) == isWanted, "\(wanted)")
        }
        for type in [
            "text/plain", "text", "a/b;c=d", "a/b ; c=\"d e\"; ", "a/b;;", "a/b; c", "a /b", "a/b;c=\"\\\"\"",
        ] {
            #expect(try Self.fits(type, DescribedPatterns.mediaType) == (MediaType(type) != nil), "\(type)")
        }
    }

    private static func fits(_ text: String, _ pattern: String) throws -> Bool {
        let whole = NSRange(text.startIndex..., in: text)
        let match = try NSRegularExpression(pattern: pattern).firstMatch(in: text, range: whole)
        // Unlike in ECMA-262, `$` is also before the end of a last line.
        return match?.range == whole
    }

    @Test("Operations have names of their own")
    func operationsAreUnique() {
        let ids = APIDescription.operations.map(\.id)
        #expect(Set(ids).count == ids.count)
    }

    @Test("Every name that the document refers to is in it")
    func referencesLead() throws {
        let text = APIDescription.document(version: "1")
        let whole = try JSONReader.parse([UInt8](text.utf8))
        var checked = 0
        for part in text.components(separatedBy: "\"$ref\": \"#/").dropFirst() {
            let names = part.prefix { $0 != "\"" }.split(separator: "/")
            #expect(names.count == 3)
            #expect(member(names[...], of: whole) != nil, "\(names)")
            checked += 1
        }
        #expect(checked > 100)
    }

    @Test("docs/openapi.json is what the server gives")
    func documentIsCommitted() throws {
        let path = #filePath.components(separatedBy: "/Tests/")[0] + "/docs/openapi.json"
        let committed = try String(contentsOfFile: path, encoding: .utf8)
        let version = try #require(committed.components(separatedBy: "\"version\": \"").dropFirst().first)
        #expect(
            committed == APIDescription.document(version: String(version.prefix { $0 != "\"" })),
            "make it anew: swift run callfs openapi > docs/openapi.json")
    }

    private func member(_ names: ArraySlice<Substring>, of node: JSONNode) -> JSONNode? {
        guard let name = names.first else { return node }
        guard case .object(let members) = node.value else { return nil }
        return members.first { $0.name.utf8.elementsEqual(name.utf8) }.flatMap {
            member(names.dropFirst(), of: $0.node)
        }
    }
}
