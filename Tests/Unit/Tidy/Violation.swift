/// One place that breaks a rule, said so that whoever broke it knows what to write instead.
struct Violation: Hashable, CustomStringConvertible {
    let path: String
    /// From 1; 0 when the file as a whole is meant.
    let line: Int
    let message: String

    var description: String { line > 0 ? "\(path):\(line): \(message)" : "\(path): \(message)" }
}
