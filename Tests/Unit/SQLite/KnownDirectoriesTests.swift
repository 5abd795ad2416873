import Domain
import Testing

@testable import SQLite

@Suite("What readers remember of directories")
struct KnownDirectoriesTests {
    private static let first = WallTime(nanoseconds: 1_000)
    private static let second = WallTime(nanoseconds: 2_000)
    private static let name = FileName(validated: "docs")
    private static let key = EntryKey(parent: .root, name: name)
    private static let docs = InodeID(Identifier(high: 1, low: 1))

    private static func directory(_ id: InodeID) -> Inode {
        Inode(
            id: id, kind: .directory, mode: FileMode(rawValue: 0o755), owner: UserID(1), group: GroupID(1),
            modifiedAt: first, changedAt: first, bornAt: first)
    }

    private static func known() -> KnownDirectories {
        let known = KnownDirectories(highWater: first)
        known.remember(
            [
                KnownDirectories.Found(name: nil, inode: directory(.root)),
                KnownDirectories.Found(name: key, inode: directory(docs)),
            ], asOf: first)
        return known
    }

    @Test("is known as of the commit that they were found in, and as of no other")
    func asOfOneCommit() {
        let known = Self.known()
        let other = FileName(validated: "other")
        #expect(known.along([Self.name, other], asOf: Self.first).map(\.id) == [.root, Self.docs])
        #expect(known.along([Self.name], asOf: Self.second).isEmpty)
        known.advance(to: Self.second, by: TreeChanges())
        #expect(known.along([Self.name], asOf: Self.first).isEmpty)
        #expect(known.along([Self.name], asOf: Self.second).count == 2)
        known.remember(
            [KnownDirectories.Found(name: nil, inode: Self.directory(Self.docs))], asOf: Self.first)
        #expect(known.along([Self.name], asOf: Self.second).map(\.id) == [.root, Self.docs])
    }

    @Test("follows the changes of a commit")
    func followsChanges() throws {
        let known = Self.known()
        let changes = TreeChanges()
        changes.touch(Self.docs, at: Self.first)
        changes.touch(Self.docs, at: Self.second)
        known.advance(to: Self.second, by: changes)
        let touched = try #require(known.along([Self.name], asOf: Self.second).last)
        #expect(
            (touched.changeVersion, touched.changedAt, touched.modifiedAt) == (3, Self.second, Self.second))
        #expect(touched.accessVersion == 1)
        changes.removeAll()
        changes.change(Self.docs)
        known.advance(to: Self.first, by: changes)
        #expect(known.along([Self.name], asOf: Self.first).map(\.id) == [.root])
    }

    @Test("forgets a name that leads elsewhere, and what was touched and partly taken back")
    func forgets() {
        let known = Self.known()
        let changes = TreeChanges()
        changes.touch(.root, at: Self.second)
        changes.loseCount()
        known.advance(to: Self.second, by: changes)
        #expect(known.along([Self.name], asOf: Self.second).isEmpty)
        let others = Self.known()
        changes.removeAll()
        changes.drop(Self.key)
        others.advance(to: Self.second, by: changes)
        #expect(others.along([Self.name], asOf: Self.second).map(\.id) == [.root])
    }
}
