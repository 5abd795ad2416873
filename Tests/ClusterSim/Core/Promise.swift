/// A value that one task waits for and an event brings, once; what comes later is ignored. Confined to the
/// thread of its run.
package final class Promise<Value: Sendable>: @unchecked Sendable {
    private var value: Value?
    private var waiter: UnsafeContinuation<Value, Never>?

    package init() {}

    package var isKept: Bool { value != nil }

    package func keep(_ value: Value) {
        guard self.value == nil else { return }
        self.value = value
        waiter?.resume(returning: value)
        waiter = nil
    }

    /// Waits for the value, which is `substitute` when the task is cancelled first: then it returns at once.
    package func wait(orWhenCancelled substitute: Value) async -> Value {
        if let value { return value }
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                if let value { continuation.resume(returning: value) } else { waiter = continuation }
            }
        } onCancel: {
            keep(substitute)
        }
    }
}

extension Promise {
    /// Waits for the value, also in a cancelled task.
    package func waitAnyway() async -> Value {
        if let value { return value }
        return await withUnsafeContinuation { waiter = $0 }
    }
}
