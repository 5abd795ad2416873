package import Domain
import Ports

extension Node {
    /// Whether the principal could do what is asked with a path, as of one instant, and what decides it. What
    /// is not there is an answer too.
    package func explain(
        _ question: AccessQuestion, _ path: FilePath, asDirectory: Bool, by principal: Principal
    ) async throws(Failure) -> AccessExplanation {
        // A link is removed itself; who reads or writes it means what it leads to.
        let resolution = try await resolve(
            path, content: .none, following: question == .remove ? .intermediate : .all)
        return AccessExplanation.explain(question, on: resolution, asDirectory: asDirectory, by: principal)
    }
}
