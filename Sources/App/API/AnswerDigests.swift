import Domain
import Ports
import Services

/// Chooses the digests of an answer with a file (RFC 9530 section 4): SHA-256 without being asked, which
/// costs nothing since it was stored; others for those who want them.
struct AnswerDigests {
    /// What the answer says.
    struct Chosen {
        /// The usual digest, which stands in the fields that are made once.
        var sha256: [UInt8]?
        /// The whole value of `Repr-Digest` in its place.
        var other: String?
        /// The value of `Content-Digest`, where the whole file is the content. Not for HEAD: its answer
        /// has no content, whose digest would be that of nothing (RFC 9530 section 2 and appendix B.2).
        var content: String?

        var value: String? { other ?? sha256.map { DigestField.member(.sha256, $0) } }
    }

    private let node: Node
    private let errors: ErrorResponses
    private let readsStored: Bool
    private let representation: WantedDigests?
    private let content: WantedDigests?

    /// `readsStored`: whether a content that is not at hand is read for a digest that was not stored, which
    /// costs up to `Limits.digestOnDemandBytesMax` each time.
    init(
        node: Node, errors: ErrorResponses, _ fields: HTTPFields, readsStored: Bool = true
    ) throws(ErrorAnswer) {
        self.node = node
        self.errors = errors
        self.readsStored = readsStored
        representation = try DigestFields.wanted("want-repr-digest", fields)
        content = try DigestFields.wanted("want-content-digest", fields)
    }

    /// True when something is wanted that is not known of `content` and whose bytes are not at hand.
    func needsBytes(of content: Content?) -> Bool {
        guard let content, content.inlineBytes == nil, content.locations.first?.isInline == true else {
            return false
        }
        return [representation, self.content].contains { wanted in
            wanted?.preferred.first.map { content.digests[$0] == nil } ?? false
        }
    }

    /// For the answer with `content`, nil being no bytes.
    func choose(_ content: Content?) async throws(ErrorAnswer) -> Chosen {
        var known = self.known(content)
        for wanted in [representation, self.content] {
            guard let first = wanted?.preferred.first, known[first] == nil,
                readsStored || content?.inlineBytes != nil
            else { continue }
            do { known[first] = try await node.digest(first, of: content) } catch {
                throw errors.answer(to: error)
            }
        }
        var chosen = Chosen()
        if let representation {
            let value = DigestFields.value(representation, of: known)
            // The usual one stays in its place.
            if let sha256 = known.sha256, value == DigestField.member(.sha256, sha256) {
                chosen.sha256 = sha256
            } else {
                chosen.other = value
            }
        } else {
            chosen.sha256 = known.sha256
        }
        chosen.content = self.content.flatMap { DigestFields.value($0, of: known) }
        return chosen
    }

    /// What was stored of a content, and all of no bytes.
    private func known(_ content: Content?) -> Digests {
        content?.digests ?? node.digests(Set(DigestAlgorithm.allCases), of: [])
    }
}
