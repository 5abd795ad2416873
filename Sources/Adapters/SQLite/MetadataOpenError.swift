internal import CSQLite

/// Why the metadata could not be opened: a sentence for the operator.
package struct MetadataOpenError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ sentence: String) { description = sentence }

    init(_ failure: SQLiteFailure, path: String) {
        switch failure.kind {
        case .full: description = "There is no room for the metadata in '\(path)'."
        case .corrupt: description = "'\(path)' is damaged or is not a CallFS database."
        case .syncLost, .other: description = "The metadata in '\(path)' cannot be opened: \(failure.text)."
        }
    }

    /// Runs a step of opening, with what fails as a sentence.
    static func explaining<Value: ~Copyable>(
        _ path: String, _ step: () throws(SQLiteFailure) -> Value
    ) throws(MetadataOpenError) -> Value {
        do throws(SQLiteFailure) {
            return try step()
        } catch {
            throw MetadataOpenError(error, path: path)
        }
    }
}
