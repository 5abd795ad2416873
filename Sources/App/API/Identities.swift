package import Domain
package import Ports

/// Who may come in: keys and the principals that they stand for, and the names of users and groups.
package struct Identities: Sendable {
    /// 256 bits of a key's digest, so that the look-up compares digests and its timing says nothing of the
    /// key.
    package struct KeyDigest: Hashable, Sendable {
        private let words: (UInt64, UInt64, UInt64, UInt64)

        /// `bytes` are the 32 of a SHA-256.
        package init(_ bytes: [UInt8]) {
            precondition(bytes.count == 32)
            words = bytes.withUnsafeBytes { bytes in
                func word(_ index: Int) -> UInt64 {
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
                }
                return (word(0), word(1), word(2), word(3))
            }
        }

        package static func == (left: Self, right: Self) -> Bool {
            (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1) | (left.words.2 ^ right.words.2)
                | (left.words.3 ^ right.words.3) == 0
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(words.0)
            hasher.combine(words.1)
        }
    }

    private let principals: [KeyDigest: Principal]
    private let named: [String: Principal]
    private let userNames: [UserID: String]
    private let groupNames: [GroupID: String]

    /// `users` are all that may act, each name once; by default those who have a key.
    package init(
        principals: [KeyDigest: Principal], users: [Principal]? = nil, userNames: [UserID: String] = [:],
        groupNames: [GroupID: String] = [:]
    ) {
        self.principals = principals
        let users = users ?? Array(principals.values)
        named = Dictionary(users.map { ($0.name, $0) }) { first, _ in first }
        self.userNames = userNames
        self.groupNames = groupNames
    }

    /// The principal of a key, and what the key is known by; nil when nobody has it.
    package func identity(
        forKey key: Span<UInt8>, hash: any KeyedHash
    ) -> (principal: Principal, key: KeyDigest)? {
        let digest = KeyDigest(key.withUnsafeBytes { hash.sha256($0) })
        return principals[digest].map { ($0, digest) }
    }

    /// Who has this name now; nil when nobody with a key has it.
    package func principal(named name: String) -> Principal? { named[name] }

    package func name(of user: UserID) -> String? { userNames[user] }
    package func name(of group: GroupID) -> String? { groupNames[group] }
}
