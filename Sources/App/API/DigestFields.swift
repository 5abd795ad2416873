import Domain
import Ports
import Services

/// The digests of requests and answers (RFC 9530). Bodies are whole and have no coding, so the digest of the
/// content and that of the representation are the same.
enum DigestFields {
    /// What the request says of its body.
    static func expected(_ fields: HTTPFields) throws(ErrorAnswer) -> [Digest] {
        try refuseTrailers(fields)
        var expected: [Digest] = []
        for name in ["content-digest", "repr-digest"] {
            guard let text = fields.joined(name) else { continue }
            do { expected += try DigestField.parse(text) } catch {
                var answer = ErrorAnswer.invalidRequest("The field '\(name)' \(error.description)")
                answer.fields = [("want-" + name, DigestField.wanted)]
                throw answer
            }
        }
        return expected
    }

    /// Refuses a body in memory that is not what its request says.
    static func check(_ fields: HTTPFields, body: [UInt8], _ hash: any KeyedHash) throws(ErrorAnswer) {
        let expected = try expected(fields)
        guard !expected.isEmpty else { return }
        let running = BodyDigests(Set(expected.map(\.algorithm)), by: hash)
        body.withUnsafeBytes { running.update($0) }
        let digests = running.finish()
        if let algorithm = digests.mismatch(with: expected) { throw .digestMismatch(algorithm) }
    }

    /// The value of a digest field of an answer: the most wanted of the digests that are known, and
    /// SHA-256 when nothing is said or nothing that is wanted is known.
    static func value(_ wanted: WantedDigests?, of digests: Digests) -> String? {
        for algorithm in wanted?.preferred ?? [] {
            if let bytes = digests[algorithm] { return DigestField.member(algorithm, bytes) }
        }
        guard wanted?.excludesDefault != true, let sha256 = digests.sha256 else { return nil }
        return DigestField.member(.sha256, sha256)
    }

    /// A digest behind the body comes when it is too late to refuse the body, and would be passed over.
    private static func refuseTrailers(_ fields: HTTPFields) throws(ErrorAnswer) {
        let announced = fields.joined("trailer")?.lowercased() ?? ""
        for name in announced.split(whereSeparator: { $0 == "," || $0 == " " })
        where name == "content-digest" || name == "repr-digest" {
            throw .invalidRequest("'\(name)' in the trailers is not supported; send it before the body.")
        }
    }

    /// What the request wants to know of a representation; nil when it does not say.
    static func wanted(_ name: String, _ fields: HTTPFields) throws(ErrorAnswer) -> WantedDigests? {
        guard let text = fields.joined(name) else { return nil }
        guard let wanted = WantedDigests(parsing: text) else {
            throw .invalidRequest(
                "The field '\(name)' is not a dictionary of whole numbers from 0 to 10, such as sha-256=10.")
        }
        return wanted
    }
}

extension ErrorAnswer {
    static func digestMismatch(_ algorithm: DigestAlgorithm) -> ErrorAnswer {
        ErrorAnswer(
            400, "DIGEST_MISMATCH",
            "The body that arrived does not have the \(algorithm.rawValue) digest that the request says.")
    }
}
