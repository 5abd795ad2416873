/// A step that CallFS and the kernel answered differently, or after which their trees differ.
package struct Difference: Sendable, Equatable {
    package let index: Int
    let step: Step
    let kernel: Outcome
    package let served: Outcome

    /// The first one that is not argued for.
    package static func first(in steps: [Step], kernel: [Outcome], served: [Outcome]) -> Difference? {
        for (index, step) in steps.enumerated() {
            guard kernel[index] != served[index],
                ArguedDifference.explaining(step, kernel: kernel[index], served: served[index]) == nil
            else { continue }
            return Difference(index: index, step: step, kernel: kernel[index], served: served[index])
        }
        return nil
    }

    /// Asks both and compares.
    static func first(in steps: [Step], store: ServedFilesystem.Store) async throws -> Difference? {
        async let kernel = KernelFilesystem.outcomes(of: steps)
        let served = try await ServedFilesystem.outcomes(of: steps, in: store)
        return try await first(in: steps, kernel: kernel, served: served)
    }
}

extension Difference: CustomStringConvertible {
    package var description: String {
        var text = "\(step)\n    kernel: \(kernel)\n    CallFS: \(served)"
        if case .tree(let kernel) = kernel, case .tree(let served) = served {
            for line in Set(kernel).subtracting(served).sorted() {
                text += "\n    only in the kernel: \(line)"
            }
            for line in Set(served).subtracting(kernel).sorted() { text += "\n    only in CallFS: \(line)" }
        }
        return text
    }
}
