/// Why the server does not start, as one sentence that says what to do about it.
struct StartError: Error, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
