import Domain
import Foundation
import Ports
import Testing

@testable import API

@Suite("The published description of the API")
struct DescriptionTests {
    @Test("Every route has each of its methods described")
    func routesAreDescribed() {
        for route in Route.allCases {
            let described = APIDescription.operations.filter { $0.template == route.template }
            #expect(Set(described.map(\.method)) == Set(route.methods).subtracting([.options]))
        }
    }

    @Test("Nothing is described that no route leads to")
    func descriptionsHaveRoutes() {
        let templates = Set(Route.allCases.map(\.template))
        for operation in APIDescription.operations {
            #expect(templates.contains(operation.template), "\(operation.template)")
        }
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
