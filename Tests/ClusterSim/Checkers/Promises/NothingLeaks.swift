package import Domain

/// All that a cluster keeps once it is quiet: what the metadata say, and what lies in the stores.
package struct Inventory: Sendable {
    /// Some bytes, as a row or a look at them tells.
    package struct Bytes: Hashable, Sendable {
        package let size: UInt64
        /// Nil where a row has none.
        package let digest: [UInt8]?

        package init(size: UInt64, digest: [UInt8]?) {
            self.size = size
            self.digest = digest
        }
    }

    package struct Store: Sendable {
        package let name: String
        /// By the rows of the metadata.
        package var known: [LocationID: Bytes]
        /// In the store itself; nil for what cannot be read.
        package var kept: [LocationID: Bytes?]

        package init(name: String, known: [LocationID: Bytes], kept: [LocationID: Bytes?]) {
            self.name = name
            self.known = known
            self.kept = kept
        }
    }

    package var stores: [Store]
    /// What the ledger still has to clear away: contents and trees that nothing leads to, a number each.
    package var garbage: [String: Int]
    /// What the rows say against each other.
    package var contradictions: [String]

    package init(stores: [Store], garbage: [String: Int] = [:], contradictions: [String] = []) {
        self.stores = stores
        self.garbage = garbage
        self.contradictions = contradictions
    }
}

/// P6: once all is quiet, every row has its bytes, whole and right, and all bytes have their row; nothing
/// waits to be cleared away, and the rows are one tree.
package enum NothingLeaks {
    package static func check(_ inventory: Inventory) -> [Finding] {
        var findings = inventory.contradictions.map { Finding(.wholeTree, $0) }
        for (kind, count) in inventory.garbage.sorted(by: { $0.key < $1.key }) where count > 0 {
            findings.append(Finding(.nothingLeaks, "the ledger is left with \(count) \(kind)"))
        }
        return findings + inventory.stores.flatMap { check($0) }
    }

    private static func check(_ store: Inventory.Store) -> [Finding] {
        var sentences: [String] = []
        for (id, row) in store.known.sorted(by: { $0.key < $1.key }) {
            guard let kept = store.kept[id] else {
                sentences.append("\(store.name) has lost the bytes of \(id), which a row refers to")
                continue
            }
            guard let kept, kept.size == row.size, row.digest.map({ $0 == kept.digest }) ?? true else {
                sentences.append("\(store.name) keeps other bytes of \(id) than its row tells")
                continue
            }
        }
        for id in store.kept.keys.filter({ store.known[$0] == nil }).sorted() {
            sentences.append("\(store.name) keeps the bytes of \(id), which nothing refers to")
        }
        return sentences.map { Finding(.nothingLeaks, $0) }
    }
}
