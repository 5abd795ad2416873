/// All that can be told from a history alone. Durability (P3) has no judge of its own: what was acknowledged
/// and is not there at the end cannot be linearized; neither can a permission that was not decided on the
/// committed state (P7), nor an effect that comes too late (P4).
package enum Judges {
    package static func check(_ history: History) -> [Finding] {
        SelfDescribingContents.check(history) + SingleUse.check(history) + Liveness.check(history)
            + Linearizability.check(history)
    }
}

/// P2: whatever a reader got complete is one body that somebody wrote, or the part of one that it asked for.
package enum SelfDescribingContents {
    package static func check(_ history: History) -> [Finding] {
        var written: Set<BodyValue> = [.empty]
        for operation in history.operations {
            if case .write(_, let body, _) = operation.call { written.insert(body) }
        }
        return history.operations.compactMap { operation in
            guard case .ok(.content(let content, let attributes)) = operation.outcome,
                let fault = fault(of: content, attributes, written)
            else { return nil }
            return Finding(.atomic, fault + ": " + operation.sentence)
        }
    }

    private static func fault(
        of content: SeenContent, _ attributes: Attributes, _ written: Set<BodyValue>
    ) -> String? {
        switch content {
        case .damaged(let account): return account
        case .whole(let body):
            guard written.contains(body) else { return "nobody wrote this" }
            if let size = attributes.size, size != body.size {
                return "a body of \(body.size) bytes, and the answer says \(size)"
            }
            return nil
        case .part(let range, let bytes):
            // The first whole block in it says which body it is of.
            let block = BodyValue.blockSize
            let skipped = (block - range.lowerBound % block) % block
            guard bytes.count >= skipped + block else { return nil }
            let number = bytes[skipped..<skipped + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            guard let body = written.first(where: { $0.number == number }) else {
                return "a part of what nobody wrote"
            }
            return body.bytes(from: range.lowerBound, count: range.count) == bytes
                ? nil : "a part that is mixed"
        }
    }
}

/// P5: nobody but the first claimant is served by a download link, not even a byte.
package enum SingleUse {
    package static func check(_ history: History) -> [Finding] {
        var served: [OperationID: (claimant: Int, by: Operation)] = [:]
        var findings: [Finding] = []
        for operation in history.operations {
            guard case .redeemLink(let link, let claimant, _) = operation.call,
                case .ok(.content) = operation.outcome
            else { continue }
            if let first = served[link], first.claimant != claimant {
                findings.append(
                    Finding(
                        .singleUse,
                        "two claimants were served:\n  \(first.by.sentence)\n  \(operation.sentence)"))
            }
            served[link] = served[link] ?? (claimant, operation)
        }
        return findings
    }
}

/// Once all trouble is over, everything that is asked is answered, and with what the rules say.
package enum Liveness {
    package static func check(_ history: History) -> [Finding] {
        guard let calm = history.calmSince else { return [] }
        return history.operations.compactMap { operation in
            guard operation.invoked > calm else { return nil }
            switch operation.outcome {
            case .ok, .refused: return nil
            case .withdrawn, .unknown:
                return Finding(.alive, "not answered although nothing is wrong: " + operation.sentence)
            }
        }
    }
}
