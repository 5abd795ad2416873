package import Domain
private import Glibc

/// Tells the service manager that started this process how it is: the protocol of sd_notify(3), which is a
/// datagram of lines `NAME=value` to the socket that `NOTIFY_SOCKET` names. Safe from any thread; never
/// waits, never fails: a manager that does not listen loses the message.
package final class ServiceNotifier: Sendable {
    /// What the address of a socket can hold (unix(7)).
    static let addressBytesMax = 107
    /// A status line beyond this is cut: it is one line for people.
    static let statusBytesMax = 512

    private let socket: Int32
    /// As the kernel wants it: an abstract name begins with a zero byte.
    private let name: [UInt8]
    /// Half of the time after which the manager takes this process for hung; nil when it does not watch.
    package let watchdogInterval: Duration?

    /// Nil when no manager asked to be told (`NOTIFY_SOCKET` is missing or names no local socket), or when
    /// there is no descriptor for it.
    package init?(environment: [String: String], process: Int32 = getpid()) {
        guard let name = Self.name(environment["NOTIFY_SOCKET"] ?? "") else { return nil }
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        self.socket = socket
        self.name = name
        watchdogInterval = Self.watchdogInterval(environment, process: process)
    }

    deinit { close(socket) }

    /// Whether the manager got the message.
    @discardableResult
    package func send(_ state: ServiceState) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let bytes = Array(state.text.utf8)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
                let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                return sendto(socket, bytes, bytes.count, flags, target, length) == bytes.count
            }
        }
    }

    private static func name(_ written: String) -> [UInt8]? {
        var bytes = Array(written.utf8)
        guard bytes.count > 1, bytes.count <= addressBytesMax else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "/"): return bytes
        case UInt8(ascii: "@"):
            bytes[0] = 0
            return bytes
        default: return nil
        }
    }

    /// sd_watchdog_enabled(3): the time is meant for this process only when `WATCHDOG_PID` says so or is
    /// missing.
    private static func watchdogInterval(_ environment: [String: String], process: Int32) -> Duration? {
        if let watched = environment["WATCHDOG_PID"], watched != String(process) { return nil }
        guard let microseconds = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), microseconds > 1 else {
            return nil
        }
        return .microseconds(microseconds / 2)
    }
}

/// How a service is, in the words of sd_notify(3).
package enum ServiceState: Equatable, Sendable {
    /// It serves: after the start, and after every `reloading`.
    case ready(status: String)
    /// It takes up its configuration anew; `now` is CLOCK_MONOTONIC, by which the manager tells one reload
    /// from another.
    case reloading(now: MonotonicInstant)
    /// It finishes what is under way, which may take so long from now.
    case stopping(status: String, within: Duration)
    /// It is not hung.
    case alive

    var text: String {
        switch self {
        case .ready(let status): "READY=1\nSTATUS=\(Self.line(status))\n"
        case .reloading(let now): "RELOADING=1\nMONOTONIC_USEC=\(now.nanoseconds / 1000)\n"
        case .stopping(let status, let within):
            "STOPPING=1\nSTATUS=\(Self.line(status))\n"
                + "EXTEND_TIMEOUT_USEC=\(within.wholeNanoseconds / 1000)\n"
        case .alive: "WATCHDOG=1\n"
        }
    }

    private static func line(_ status: String) -> String {
        let printable = PrintableText.withoutControls(status)
        return String(decoding: printable.utf8.prefix(ServiceNotifier.statusBytesMax), as: UTF8.self)
    }
}
