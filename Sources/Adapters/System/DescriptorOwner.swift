private import Glibc
private import Synchronization

/// An open descriptor that closes itself with its last reference, so that a cache may drop what a stream
/// still reads.
final class DescriptorOwner: Sendable {
    private let state: Atomic<Int32>

    init(_ descriptor: Int32) {
        precondition(descriptor >= 0)
        state = Atomic(descriptor)
    }

    deinit { close() }

    /// Calls `body` with the descriptor, which stays open meanwhile; -1 once closed, which every call answers
    /// with EBADF.
    func use<Outcome, Failure: Error>(_ body: (Int32) throws(Failure) -> Outcome) throws(Failure) -> Outcome {
        // Without this the last reference may be gone, and the descriptor closed, before the call is made.
        defer { withExtendedLifetime(self) {} }
        return try body(state.load(ordering: .relaxed))
    }

    /// Safe to repeat; not while another task uses the descriptor.
    func close() {
        let descriptor = state.exchange(-1, ordering: .relaxed)
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
    }
}
