/// Somebody who acts on both filesystems: by a key here, by user and group numbers there.
package struct Caller: Sendable, Equatable {
    let name: String
    let user: UInt32
    let group: UInt32
    /// Supplementary groups.
    let groups: [UInt32]

    /// The bearer token that stands for them.
    var key: String { "differential-key-of-" + name }

    static let root = Caller(name: "root", user: 0, group: 0, groups: [])
    /// Owns the root directory.
    package static let ada = Caller(name: "ada", user: 1000, group: 1000, groups: [2000])
    /// In the group of ada, and in one with her.
    package static let bob = Caller(name: "bob", user: 1001, group: 1001, groups: [1000, 2000])
    /// Makes files in a group that is only supplementary to others.
    static let cyd = Caller(name: "cyd", user: 1002, group: 2000, groups: [])
    /// In no group with anybody.
    static let eve = Caller(name: "eve", user: 1003, group: 1003, groups: [3000])

    static let all = [root, ada, bob, cyd, eve]
}
