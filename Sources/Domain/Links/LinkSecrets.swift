/// What the store knows a link by: the first 128 bits of the SHA-256 of its number. The number is 128 random
/// bits, so the digest is as hard to go back from as the number is to guess, and whoever reads the store
/// learns no address.
package struct LinkKey: TypedIdentifier {
    package let value: Identifier
    package init(_ value: Identifier) { self.value = value }
}

/// What the store knows a claim by, in the same way.
package struct ClaimKey: TypedIdentifier {
    package let value: Identifier
    package init(_ value: Identifier) { self.value = value }
}

/// What a claimant is given to show when it comes back: 128 random bits, written in base64url.
package struct ClaimSecret: Sendable, Hashable {
    package let bytes: [UInt8]

    package static let byteCount = 16

    package init(_ bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount)
        self.bytes = bytes
    }

    /// Reads what `text` writes; nil for anything else.
    package init?(parsing text: some StringProtocol) {
        guard let bytes = Base64URL.decode(text), bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    package var text: String { Base64URL.encode(bytes) }
}
