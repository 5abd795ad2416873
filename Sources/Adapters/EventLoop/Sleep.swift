package import Domain

extension EpollLoop {
    /// Returns at `deadline` or soon after; throws, and promptly, when the task is cancelled before. The
    /// caller may be anywhere; it resumes on its own executor.
    package func sleep(until deadline: MonotonicInstant) async throws(CancellationError) {
        let sleeper = Sleeper(loop: self, deadline: deadline)
        let wasCancelled = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                execute { sleeper.begin(continuation) }
            }
        } onCancel: {
            execute { sleeper.cancel() }
        }
        if wasCancelled { throw CancellationError() }
    }
}

/// One task that sleeps. Its state is confined to the loop, where both the timer and the cancellation come.
private final class Sleeper: @unchecked Sendable {
    private let loop: EpollLoop
    private let deadline: MonotonicInstant
    private var timer: LoopTimer?
    private var continuation: UnsafeContinuation<Bool, Never>?
    private var isCancelled = false

    init(loop: EpollLoop, deadline: MonotonicInstant) {
        self.loop = loop
        self.deadline = deadline
    }

    func begin(_ continuation: UnsafeContinuation<Bool, Never>) {
        guard !isCancelled else { return continuation.resume(returning: true) }
        self.continuation = continuation
        let timer = LoopTimer(loop: loop) { self.end(wasCancelled: false) }
        timer.schedule(at: deadline)
        self.timer = timer
    }

    func cancel() {
        isCancelled = true
        timer?.cancel()
        end(wasCancelled: true)
    }

    private func end(wasCancelled: Bool) {
        timer = nil
        guard let continuation else { return }
        self.continuation = nil
        continuation.resume(returning: wasCancelled)
    }
}
