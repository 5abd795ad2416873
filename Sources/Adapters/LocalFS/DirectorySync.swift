import Ports
import Synchronization

/// Makes the names in one directory durable for all who changed them, with as few syncs as possible: while
/// one runs, those who come wait, and then share the next one. A sync that has begun before a name was
/// changed says nothing about that name.
///
/// After a failure nothing that was changed before it can be made sure of any more: a second sync may succeed
/// without having written it. So everyone who changed a name before the failure fails, also those who ask
/// later; that is what the ticket, drawn before the change, is for.
final class DirectorySync: Sendable {
    struct Ticket: Sendable {
        fileprivate let failures: Int
    }

    private enum Turn {
        case lead
        case done(DiskError?)
    }

    private final class Waiter: @unchecked Sendable {
        var continuation: UnsafeContinuation<Turn, Never>?
        var isCancelled = false
    }

    private struct State: Sendable {
        var isRunning = false
        var failures = 0
        /// Who shares the sync that runs, besides the one who runs it.
        var current: [Waiter] = []
        /// Who came since it began.
        var next: [Waiter] = []
    }

    private let path: String
    private let disk: any Disk
    private let state = Mutex(State())

    init(_ path: String, on disk: any Disk) {
        self.path = path
        self.disk = disk
    }

    /// To be drawn before the directory is changed.
    func ticket() -> Ticket { Ticket(failures: state.withLock { $0.failures }) }

    /// Returns when the change made after `ticket` is durable.
    func sync(since ticket: Ticket) async throws(DiskError) {
        switch await turn(ticket) {
        case .done(nil): return
        case .done(let error?): throw error
        case .lead: break
        }
        do throws(DiskError) {
            try await disk.syncDirectory(path)
            finish(nil)
        } catch {
            finish(error)
            throw error
        }
    }

    private func turn(_ ticket: Ticket) async -> Turn {
        let waiter = Waiter()
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let turn: Turn? = state.withLock { state in
                    if state.failures != ticket.failures {
                        return .done(.failed(errno: Self.inputOutputError))
                    }
                    if waiter.isCancelled { return .done(.cancelled) }
                    guard state.isRunning else {
                        state.isRunning = true
                        return .lead
                    }
                    waiter.continuation = continuation
                    state.next.append(waiter)
                    return nil
                }
                if let turn { continuation.resume(returning: turn) }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                waiter.isCancelled = true
                state.current.removeAll { $0 === waiter }
                state.next.removeAll { $0 === waiter }
                return Self.take(waiter)
            }
            continuation?.resume(returning: .done(.cancelled))
        }
    }

    /// Tells those who shared the sync, and lets the first of those who came meanwhile begin the next.
    private func finish(_ error: DiskError?) {
        let (told, leader) = state.withLock { state in
            var told: [Waiter] = []
            switch error {
            case nil:
                told = state.current
                state.current = state.next
            case .cancelled:
                // Nothing was synced and nothing is wrong; another one does it for all.
                state.current += state.next
            default:
                state.failures += 1
                told = state.current + state.next
                state.current = []
            }
            state.next = []
            state.isRunning = !state.current.isEmpty
            let leader = state.isRunning ? Self.take(state.current.removeFirst()) : nil
            return (told.compactMap(Self.take), leader)
        }
        for continuation in told { continuation.resume(returning: .done(error)) }
        leader?.resume(returning: .lead)
    }

    /// Whoever takes the continuation resumes it; nobody else can.
    private static func take(_ waiter: Waiter) -> UnsafeContinuation<Turn, Never>? {
        let continuation = waiter.continuation
        waiter.continuation = nil
        return continuation
    }

    /// EIO of Linux, on every architecture.
    private static let inputOutputError: Int32 = 5
}
