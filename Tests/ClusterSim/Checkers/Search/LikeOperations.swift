import Domain

/// Which operations of a history do the same: equal calls of equal principals, where the bodies of writes
/// count as equal when they are of one size and nobody has seen what is in them.
struct LikeOperations {
    private struct Request: Hashable {
        let call: Call
        let principal: String
    }

    private var kinds: [Int] = []

    init(_ history: History) {
        var seen: Set<UInt32> = []
        var sawParts = false
        for operation in history.operations {
            guard case .ok(.content(let content, _)) = operation.outcome else { continue }
            switch content {
            case .whole(let body): seen.insert(body.number)
            case .part, .damaged: sawParts = true
            }
        }
        var numbers: [Request: Int] = [:]
        for operation in history.operations {
            var call = operation.call
            if case .write(let path, let body, let options) = call, body.size > 0, !sawParts,
                !seen.contains(body.number)
            {
                // No write of a history has this number.
                call = .write(path, BodyValue(number: .max, size: body.size), options)
            }
            let request = Request(call: call, principal: operation.principal.name)
            let number = numbers[request] ?? numbers.count
            numbers[request] = number
            kinds.append(number)
        }
    }

    subscript(operation: Int) -> Int { kinds[operation] }
}
