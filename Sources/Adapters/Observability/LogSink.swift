private import Glibc

/// Where finished lines go. Used by one thread.
package protocol LogSink: Sendable {
    /// Writes whole lines in one piece. May block. False when they are lost.
    func write(_ lines: UnsafeRawBufferPointer) -> Bool
}

/// A file descriptor that somebody else opened and closes: standard error, standard output, a file.
package struct DescriptorLogSink: LogSink {
    private let descriptor: Int32

    package init(descriptor: Int32) { self.descriptor = descriptor }

    package static let standardOutput = DescriptorLogSink(descriptor: STDOUT_FILENO)
    package static let standardError = DescriptorLogSink(descriptor: STDERR_FILENO)

    /// Whether people look at it; then colours are welcome, unless they said otherwise
    /// (https://no-color.org).
    package var isTerminal: Bool { isatty(descriptor) == 1 }

    package func write(_ lines: UnsafeRawBufferPointer) -> Bool {
        var rest = lines[...]
        while !rest.isEmpty {
            let count = Glibc.write(
                descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN {
                // Somebody made it non-blocking; whoever shares a terminal can.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
            } else if count < 0, errno != EINTR {
                return false
            }
        }
        return true
    }
}
