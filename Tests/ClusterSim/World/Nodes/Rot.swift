import Domain
import Memory
import Ports
import SimCheckers
import SimCore

/// The bytes that have flipped on disks, and what readers may be shown of them: nothing but what lies there
/// now, and never without the digest of what lay there before, which gives it away (P2).
///
/// A node does not verify what it reads. So a client that gets flipped bytes is taken for one that compares
/// the digest: it knows which content it should have got, and that is judged like every other answer.
package final class Rot: @unchecked Sendable {
    private struct Flip {
        let node: Int
        let location: LocationID
        let digest: [UInt8]
        let body: BodyValue
        let offset: Int
    }

    private var flips: [Flip] = []
    private let hash = QuickHash()
    private let probe: (Probe) -> Void

    init(probe: @escaping (Probe) -> Void) { self.probe = probe }

    /// Flips a byte of one of the contents that lie on a node's disk, the same one never twice.
    func strike(_ node: SimulatedNode, _ rows: [StoredLocation], _ random: RandomStream) {
        let rows = rows.filter { row in
            row.size > 0 && row.sha256 != nil && !flips.contains { $0.location == row.id }
        }
        guard !rows.isEmpty else { return }
        let row = random.element(of: rows)
        let shard = String(UInt8(truncatingIfNeeded: row.id.value.low), radix: 16)
        let path = ".callfs/objects/\(shard.count == 1 ? "0" : "")\(shard)/\(row.id)"
        guard let bytes = node.disk.bytes(of: path), let body = BodyValue(whole: bytes),
            let digest = row.sha256
        else { return }
        let offset = random.number(in: 0...(bytes.count - 1))
        guard node.disk.flipByte(of: path, at: offset) else { return }
        node.trace.note(node.host.name, "ages", UInt64(offset), 0, "a byte of \(row.id) flips")
        probe(.flippedByte)
        flips.append(
            Flip(node: node.number, location: row.id, digest: digest, body: body, offset: offset))
    }

    // MARK: What readers see

    /// The outcome for a client that compares what it got with the digest that came with it.
    func seenThrough(_ outcome: Outcome, of reception: Reception) -> Outcome {
        guard !flips.isEmpty, case .answered(let answer) = reception,
            case .ok(.content(let seen, let attributes)) = outcome,
            let right = right(seen, answer)
        else { return outcome }
        probe(.flippedByteRead)
        return .ok(.content(right, attributes))
    }

    /// What should have come; nil where it has come, or something that no flipped byte explains.
    private func right(_ seen: SeenContent, _ answer: ReceivedAnswer) -> SeenContent? {
        guard let said = answer.fields.first("repr-digest") else { return nil }
        let range: Range<Int>
        switch seen {
        case .whole: return nil
        case .damaged: range = 0..<answer.body.count
        case .part(let part, _): range = part
        }
        for flip in flips where said == "sha-256=:\(Base64.encode(flip.digest)):" {
            guard range.contains(flip.offset) else { continue }
            var bytes = flip.body.bytes(from: range.lowerBound, count: range.count)
            guard bytes.count == range.count else { continue }
            let right = bytes
            bytes[flip.offset - range.lowerBound] ^= 0x80
            guard bytes == answer.body else { continue }
            if case .part = seen { return .part(range, right) }
            return .whole(flip.body)
        }
        return nil
    }

    // MARK: The end

    /// Takes what has flipped out of an inventory that is to be judged: how many contents it is, and a
    /// sentence for each whose bytes look right.
    func takeOut(of inventory: inout Inventory) -> (count: Int, wrong: [String]) {
        var count = 0
        var wrong: [String] = []
        for flip in flips {
            for index in inventory.stores.indices {
                guard let row = inventory.stores[index].known[flip.location],
                    let kept = inventory.stores[index].kept[flip.location], let kept
                else { continue }
                count += 1
                if kept.digest == row.digest {
                    wrong.append("a byte of \(flip.location) has flipped, and its digest is right")
                }
                inventory.stores[index].known[flip.location] = kept
            }
        }
        return (count, wrong)
    }
}
