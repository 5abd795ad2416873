import Domain
import Testing

@Suite("Access policy")
struct AccessPolicyTests {
    private let owner = Principal(name: "owner", user: UserID(1001), group: GroupID(900))
    private let member = Principal(name: "member", user: UserID(1002), group: GroupID(500))
    private let further = Principal(
        name: "further", user: UserID(1003), group: GroupID(900), supplementaryGroups: [GroupID(500)])
    private let stranger = Principal(name: "stranger", user: UserID(1004), group: GroupID(900))
    private let root = Principal(name: "root", user: .superuser, group: GroupID(0))

    private func inode(_ kind: FileKind, _ mode: UInt16, group: UInt32 = 500) -> Inode {
        Inode(
            id: InodeID(Identifier(high: 7, low: 7)), kind: kind, mode: FileMode(rawValue: mode),
            owner: UserID(1001), group: GroupID(group), modifiedAt: .epoch, changedAt: .epoch, bornAt: .epoch)
    }

    /// The mode as `ls -l` writes it, and one letter looked up in it.
    private func oracle(_ mode: UInt16, _ column: Int, _ right: AccessRight) -> Bool {
        let letters = (0..<9).map { mode >> (8 - $0) & 1 == 1 ? Array("rwxrwxrwx")[$0] : "-" }
        let letter: Character =
            switch right {
            case .read: "r"
            case .write: "w"
            case .search: "x"
            }
        return letters[(column * 3)..<(column * 3 + 3)].contains(letter)
    }

    @Test("In every mode exactly one class of bits counts, for every kind and right")
    func everyMode() {
        let columns = [(owner, 0), (member, 1), (further, 1), (stranger, 2)]
        var wrong: [String] = []
        for mode in UInt16(0)...0o7777 {
            for kind in FileKind.allCases {
                let inode = inode(kind, mode)
                for right in AccessRight.allCases {
                    for (principal, column) in columns {
                        let decision = AccessPolicy.decide(right, on: inode, by: principal)
                        if decision.isGranted != oracle(mode, column, right) || decision.isBySuperuser {
                            wrong.append("\(inode.mode.octal) \(kind) \(right) \(principal.name)")
                        }
                    }
                    let mayRoot =
                        right != .search || kind == .directory
                        || (0..<3).contains { oracle(mode, $0, .search) }
                    if AccessPolicy.decide(right, on: inode, by: root).isGranted != mayRoot {
                        wrong.append("\(inode.mode.octal) \(kind) \(right) root")
                    }
                }
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count), such as \(wrong.prefix(3))")
    }

    @Test("The superuser is told apart where the bits alone would have said no")
    func bySuperuser() {
        #expect(AccessPolicy.decide(.read, on: inode(.file, 0o000), by: root).isBySuperuser)
        #expect(!AccessPolicy.decide(.read, on: inode(.file, 0o004), by: root).isBySuperuser)
    }

    @Test("The owner of a file that all others may read may not read it without their own bit")
    func ownerFirst() throws {
        let decision = AccessPolicy.decide(.read, on: inode(.file, 0o077), by: owner)
        let denial = try #require(decision.denial(at: FilePath(parsing: "/a/b")))
        #expect(denial.permissionClass == .owner && denial.inodeMode == FileMode(rawValue: 0o077))
        #expect(
            denial.description
                == "You need read permission on '/a/b'; its mode is 0077 and the bits for owner count.")
        #expect(AccessPolicy.decide(.read, on: inode(.file, 0o077), by: stranger).denial(at: .root) == nil)
    }

    @Test("In a sticky directory only the owner of the entry, of the directory, and the superuser remove")
    func sticky() {
        let sticky = inode(.directory, 0o1777)
        var others = inode(.file, 0o666)
        others.owner = UserID(1002)
        #expect(!AccessPolicy.isKeptBySticky(others, in: sticky, from: owner))
        #expect(!AccessPolicy.isKeptBySticky(others, in: sticky, from: member))
        #expect(!AccessPolicy.isKeptBySticky(others, in: sticky, from: root))
        #expect(AccessPolicy.isKeptBySticky(others, in: sticky, from: stranger))
        #expect(!AccessPolicy.isKeptBySticky(others, in: inode(.directory, 0o777), from: stranger))
        #expect(throws: Refusal.self) {
            try AccessPolicy.requireRemoval(of: others, from: sticky, at: .root, by: stranger)
        }
    }

    @Test("A set-group-ID directory passes its group to files, and the bit too to directories")
    func inheritance() {
        let shared = inode(.directory, 0o2775)
        #expect(AccessPolicy.group(ofNewEntryIn: shared, by: owner) == GroupID(500))
        #expect(AccessPolicy.group(ofNewEntryIn: inode(.directory, 0o775), by: owner) == GroupID(900))
        #expect(AccessPolicy.mode(ofNewFile: nil, in: shared, by: owner).octal == "0644")
        #expect(AccessPolicy.mode(ofNewDirectory: nil, in: shared, by: owner).octal == "2755")
        #expect(
            AccessPolicy.mode(
                ofNewDirectory: FileMode(rawValue: 0o6777), in: inode(.directory, 0o755), by: owner
            )
            .octal == "0755")
        // The group's power is not lent to those outside it.
        let executable = FileMode(rawValue: 0o2755)
        #expect(AccessPolicy.mode(ofNewFile: executable, in: shared, by: owner).octal == "0755")
        #expect(AccessPolicy.mode(ofNewFile: executable, in: shared, by: further).octal == "2755")
        #expect(
            AccessPolicy.mode(ofNewFile: executable, in: inode(.directory, 0o755), by: owner).octal == "2755")
    }

    @Test("A directory made on the way can be entered by its maker, whatever the umask")
    func parentsUnderAnyUmask() {
        let blind = Principal(name: "blind", user: UserID(1), group: GroupID(1), umask: Umask(0o777))
        #expect(AccessPolicy.mode(ofNewParentIn: inode(.directory, 0o755), by: blind).octal == "0300")
        #expect(AccessPolicy.mode(ofNewParentIn: inode(.directory, 0o2755), by: owner).octal == "2755")
    }

    @Test("A write takes privileges away, except the superuser's")
    func write() {
        #expect(AccessPolicy.modeAfterWrite(to: inode(.file, 0o6755), by: member).octal == "0755")
        #expect(AccessPolicy.modeAfterWrite(to: inode(.file, 0o6745), by: member).octal == "2745")
        #expect(AccessPolicy.modeAfterWrite(to: inode(.file, 0o6745), by: stranger).octal == "0745")
        #expect(AccessPolicy.modeAfterWrite(to: inode(.file, 0o6755), by: root).octal == "6755")
        #expect(AccessPolicy.modeAfterOwnerChange(of: inode(.file, 0o6755), by: root).octal == "0755")
        #expect(AccessPolicy.modeAfterOwnerChange(of: inode(.directory, 0o6755), by: owner).octal == "6755")
    }

    @Test("The owner gives a file to groups of theirs only, and to no other owner")
    func ownerChange() throws {
        let file = inode(.file, 0o644)
        func rule(_ user: UInt32?, _ group: UInt32?, _ principal: Principal) -> DenialRule? {
            do throws(Refusal) {
                try AccessPolicy.requireOwnerChange(
                    of: file, owner: user.map(UserID.init), group: group.map(GroupID.init), at: .root,
                    by: principal)
                return nil
            } catch {
                guard case .permissionDenied(let denial) = error else { return nil }
                return denial.rule
            }
        }
        #expect(rule(1002, 1, root) == nil)
        #expect(rule(1001, nil, owner) == nil)
        #expect(rule(1002, nil, owner) == .notSuperuser)
        #expect(rule(1001, nil, stranger) == .notSuperuser)
        #expect(rule(nil, 900, owner) == nil)
        #expect(rule(nil, 500, owner) == nil)
        #expect(rule(nil, 501, owner) == .notMember)
        #expect(rule(nil, 500, member) == .notOwner)
    }

    @Test("The walk names the first obstacle from the root")
    func walk() throws {
        var closed = inode(.directory, 0o700)
        closed.owner = UserID(1)
        let path = try FilePath(parsing: "/a/b/c")
        let steps = [
            Resolution.Step(name: path.names[0], inode: closed),
            Resolution.Step(name: path.names[1], inode: inode(.file, 0o777)),
        ]
        let top = inode(.directory, 0o755)
        let resolution = Resolution(path: path, root: top, steps: steps, content: nil, time: .epoch)
        let denial = AccessDenial(
            path: try FilePath(parsing: "/a"), right: .search, inodeMode: FileMode(rawValue: 0o700),
            permissionClass: .other, rule: .bits)
        #expect(throws: Refusal.permissionDenied(denial)) {
            try AccessPolicy.requireSearch(on: resolution, by: stranger)
        }
        #expect(throws: Refusal.notADirectory(try FilePath(parsing: "/a/b"))) {
            try AccessPolicy.requireSearch(on: resolution, by: root)
        }
    }
}
