import Testing

/// One sentence of a port's contract and how to see that it holds. Every implementation runs the same cases,
/// as the arguments of one parameterized test.
package struct ContractCase<Subject>: Sendable, CustomTestStringConvertible {
    package let sentence: String
    package let check: @Sendable (Subject) async throws -> Void

    package init(_ sentence: String, _ check: @escaping @Sendable (Subject) async throws -> Void) {
        self.sentence = sentence
        self.check = check
    }

    package var testDescription: String { sentence }
}
