/// Names one representation of a resource, so that a client can say which one it means (RFC 9110 section
/// 8.8.3).
package struct EntityTag: Sendable {
    /// What stands between the quotes.
    package let opaque: String
    package let isWeak: Bool

    package init(opaque: String, isWeak: Bool = false) {
        assert(opaque.utf8.allSatisfy(Self.isTagCharacter))
        self.opaque = opaque
        self.isWeak = isWeak
    }

    /// The strong tag of an inode. A file's is made of its immutable content and its media type, so it
    /// changes with the bytes or their representation and with nothing else; an empty file has no content and
    /// is named by itself. Directories and symbolic links get another with every change.
    ///
    /// The media type goes in by its value and not by a version: whoever writes a file can then tell its tag,
    /// whatever others change until the commit, and a type that comes back brings its tag back.
    package init(of inode: Inode) {
        switch inode.kind {
        case .file:
            self.init(ofFile: inode.id, content: inode.content, mediaType: inode.mediaType)
        case .directory, .symlink:
            self.init(opaque: inode.id.description + "-" + String(inode.changeVersion, radix: 16))
        }
    }

    /// The tag of a file that has, or had, this content and type.
    package init(ofFile file: InodeID, content: ContentID?, mediaType: MediaType?) {
        var opaque = content?.description ?? file.description
        opaque += "-"
        opaque += String(Self.fingerprint(of: mediaType), radix: 16)
        self.init(opaque: opaque)
    }

    /// FNV-1a (Fowler, Noll and Vo; draft-eastlake-fnv): the same on every node and in every run. That two
    /// types of one content collide takes intent, and then harms only their author.
    private static func fingerprint(of mediaType: MediaType?) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in (mediaType?.text ?? "").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }

    /// The same tag for a representation of which it says less than that not a byte is another (RFC 9110
    /// section 8.8.1).
    package var weakened: EntityTag { EntityTag(opaque: opaque, isWeak: true) }

    /// The tag of the same representation in a coding, which is another representation (RFC 9110 section
    /// 8.8.3.3).
    package func coded(_ coding: ContentCoding) -> EntityTag {
        EntityTag(opaque: opaque + "-" + coding.rawValue, isWeak: isWeak)
    }

    /// The tag without the coding that `coded` put behind it: conditions are about the state, which has
    /// one tag however it was packed.
    package var uncoded: EntityTag {
        for coding in ContentCoding.allCases where opaque.hasSuffix("-" + coding.rawValue) {
            return EntityTag(
                opaque: String(opaque.dropLast(coding.rawValue.utf8.count + 1)), isWeak: isWeak)
        }
        return self
    }

    /// Reads one tag, quotes and all; nil for anything else.
    package init?(parsing text: some StringProtocol) {
        var scanner = FieldScanner(text)
        guard let tag = scanner.entityTag(), scanner.isAtEnd else { return nil }
        self = tag
    }

    /// The strong comparison of RFC 9110 section 8.8.3.2: the same tag, and neither weak.
    package func matchesStrongly(_ other: EntityTag) -> Bool {
        !isWeak && !other.isWeak && hasSameOpaque(as: other)
    }

    /// The weak comparison: the same tag, weak or not.
    package func matchesWeakly(_ other: EntityTag) -> Bool { hasSameOpaque(as: other) }

    // Swift compares strings by canonical equivalence; tags are bytes.
    private func hasSameOpaque(as other: EntityTag) -> Bool { opaque.utf8.elementsEqual(other.opaque.utf8) }

    /// etagc of the RFC: visible characters but the quote, and bytes beyond ASCII.
    static func isTagCharacter(_ byte: UInt8) -> Bool {
        byte == 0x21 || (0x23...0x7E).contains(byte) || byte >= 0x80
    }
}

extension EntityTag: Equatable {
    package static func == (left: Self, right: Self) -> Bool {
        left.isWeak == right.isWeak && left.hasSameOpaque(as: right)
    }
}

extension EntityTag: CustomStringConvertible {
    /// As a header field has it: `"opaque"`, with `W/` in front when weak.
    package var description: String { (isWeak ? "W/\"" : "\"") + opaque + "\"" }
}
