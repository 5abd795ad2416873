import Domain
import Glibc
import HostSystem
import TestSupport
import Testing

/// A datagram socket as a service manager has one.
private final class ManagerSocket {
    private let descriptor: Int32

    /// An abstract name begins with a zero byte.
    init(_ name: [UInt8]) {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let outcome = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        precondition(outcome == 0, "bind: \(errno)")
    }

    deinit { close(descriptor) }

    /// The next message; nil when there is none.
    func receive() -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}

@Suite("Telling the service manager")
struct ServiceNotifierTests {
    private func made(_ environment: [String: String]) -> ServiceNotifier? {
        ServiceNotifier(environment: environment)
    }

    @Test("Every state reaches a socket with a path, in the words of sd_notify(3)")
    func pathSocket() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/notify"
        let manager = ManagerSocket(Array(path.utf8))
        let notifier = try #require(made(["NOTIFY_SOCKET": path]))
        #expect(notifier.send(.ready(status: "serving :8443")))
        #expect(manager.receive() == "READY=1\nSTATUS=serving :8443\n")
        #expect(notifier.send(.reloading(now: MonotonicInstant(nanoseconds: 12_345_678))))
        #expect(manager.receive() == "RELOADING=1\nMONOTONIC_USEC=12345\n")
        #expect(notifier.send(.stopping(status: "finishing", within: .seconds(45))))
        #expect(manager.receive() == "STOPPING=1\nSTATUS=finishing\nEXTEND_TIMEOUT_USEC=45000000\n")
        #expect(notifier.send(.alive))
        #expect(manager.receive() == "WATCHDOG=1\n")
        #expect(manager.receive() == nil)
    }

    @Test("A name that begins with @ is in the abstract namespace")
    func abstractSocket() throws {
        let name = "callfs-notify-test-\(getpid())"
        let manager = ManagerSocket([0] + Array(name.utf8))
        let notifier = try #require(made(["NOTIFY_SOCKET": "@" + name]))
        #expect(notifier.send(.alive))
        #expect(manager.receive() == "WATCHDOG=1\n")
    }

    @Test("A status is one line, and a bounded one")
    func statusIsOneLine() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/notify"
        let manager = ManagerSocket(Array(path.utf8))
        let notifier = try #require(made(["NOTIFY_SOCKET": path]))
        #expect(notifier.send(.ready(status: "a\nREADY=0\n" + String(repeating: "b", count: 4000))))
        let lines = try #require(manager.receive()).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[1].hasPrefix("STATUS=a"))
        #expect(lines[1].utf8.count <= 7 + 512)
    }

    @Test("A manager that is gone costs the message and nothing else")
    func goneManager() throws {
        let directory = TemporaryDirectory()
        let notifier = try #require(made(["NOTIFY_SOCKET": directory.path + "/nobody"]))
        #expect(!notifier.send(.alive))
    }

    @Test(
        "What names no local socket is nobody to tell",
        arguments: ["", "/", "@", "relative", "vsock:2:1234", "/" + String(repeating: "x", count: 107)])
    func noSocket(written: String) {
        #expect(made(["NOTIFY_SOCKET": written]) == nil)
        #expect(made([:]) == nil)
    }

    @Test("The watchdog is fed at half of its time, when it watches this process")
    func watchdogInterval() throws {
        func interval(_ more: [String: String]) throws -> Duration? {
            let environment = more.merging(["NOTIFY_SOCKET": "/run/nobody"]) { own, _ in own }
            return try #require(ServiceNotifier(environment: environment, process: 42)).watchdogInterval
        }
        #expect(try interval([:]) == nil)
        #expect(try interval(["WATCHDOG_USEC": "30000000"]) == .seconds(15))
        #expect(try interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"]) == .seconds(15))
        #expect(try interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "41"]) == nil)
        for nonsense in ["", "0", "1", "-5", "soon"] {
            #expect(try interval(["WATCHDOG_USEC": nonsense]) == nil)
        }
    }
}
