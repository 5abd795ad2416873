private import CLinux

/// What a descriptor is ready for, or should be watched for: the bits of epoll_ctl(2).
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    package static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// The peer will send no more.
    package static let peerFinished = Readiness(rawValue: EPOLLRDHUP.rawValue)
    /// The descriptor is broken or closed in both directions; reported whether asked for or not.
    package static let failed = Readiness(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
    static let edgeTriggered = Readiness(rawValue: EPOLLET.rawValue)
}

/// A descriptor that a loop watches. The descriptor itself belongs to whoever made it: `stopWatching` comes
/// before close(2).
///
/// Confined to its loop.
package class EventSource {
    package let loop: EpollLoop
    package let descriptor: Int32
    private var token: UInt64?

    package init(loop: EpollLoop, descriptor: Int32) {
        self.loop = loop
        self.descriptor = descriptor
    }

    /// Called on the loop with what the descriptor is ready for.
    func becameReady(_ readiness: Readiness) {}

    func startWatching(_ interest: Readiness) throws(EventLoopError) {
        precondition(token == nil)
        token = try loop.add(self, interest)
    }

    func changeInterest(_ interest: Readiness) throws(EventLoopError) {
        guard let token else { return }
        try loop.change(self, interest, token)
    }

    /// Forgets the descriptor: nothing is reported of it any more, not even what the kernel has told already.
    package func stopWatching() {
        guard let token else { return }
        self.token = nil
        loop.remove(self, token)
    }
}

/// A level-triggered watch: it reports as long as the descriptor is ready. For C libraries that decide
/// themselves how much they read (libpq, hiredis, libcurl); own sockets are watched by `SocketReadiness`.
///
/// Confined to its loop.
package final class LevelWatch: EventSource {
    private let handler: (Readiness) -> Void

    /// Calls `handler` on the loop, with no memory between calls, until `stopWatching`.
    package init(
        loop: EpollLoop, descriptor: Int32, interest: Readiness, handler: @escaping (Readiness) -> Void
    ) throws(EventLoopError) {
        self.handler = handler
        super.init(loop: loop, descriptor: descriptor)
        try startWatching(interest)
    }

    /// Watches for `interest` from now on; nothing means that only failures are reported.
    package func update(_ interest: Readiness) throws(EventLoopError) { try changeInterest(interest) }

    override func becameReady(_ readiness: Readiness) { handler(readiness) }
}
