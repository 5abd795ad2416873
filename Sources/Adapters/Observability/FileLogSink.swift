private import Glibc
private import Synchronization

/// A file that lines are appended to, readable by its owner alone.
///
/// When the file was renamed or removed, as a rotation does, the next lines go to a new one under its
/// name; that is looked for at each write, so no signal is needed.
package final class FileLogSink: LogSink {
    private struct State {
        var descriptor: Int32
        var device: dev_t
        var inode: ino_t
        /// A line was written in part: the next begins behind a line feed.
        var isTorn = false
    }

    private let path: String
    private let state: Mutex<State>

    /// Opens the file, making it when it is missing. Nil with errno set when that cannot be done.
    package init?(path: String) {
        guard let state = Self.open(path) else { return nil }
        self.path = path
        self.state = Mutex(state)
    }

    deinit { state.withLock { _ = close($0.descriptor) } }

    package func write(_ lines: UnsafeRawBufferPointer) -> Bool {
        state.withLock { state in
            follow(&state)
            if state.isTorn {
                let lineFeed: [UInt8] = [UInt8(ascii: "\n")]
                guard lineFeed.withUnsafeBytes({ Self.append($0, to: state.descriptor) }) == 1 else {
                    return false
                }
                state.isTorn = false
            }
            let count = Self.append(lines, to: state.descriptor)
            state.isTorn = count > 0 && count < lines.count
            return count == lines.count
        }
    }

    /// Turns to the file that has the name now.
    private func follow(_ state: inout State) {
        var status = stat()
        let isSame =
            lstat(path, &status) == 0 && status.st_dev == state.device && status.st_ino == state.inode
        guard !isSame, let fresh = Self.open(path) else { return }
        close(state.descriptor)
        state = fresh
    }

    /// Follows no symbolic link: who can make one in the directory must not choose what is written to.
    private static func open(_ path: String) -> State? {
        let descriptor = Glibc.open(
            path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0o600)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            close(descriptor)
            return nil
        }
        return State(descriptor: descriptor, device: status.st_dev, inode: status.st_ino)
    }

    /// How many bytes were written; fewer than all when the system takes no more.
    private static func append(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                return written
            }
        }
        return written
    }
}
