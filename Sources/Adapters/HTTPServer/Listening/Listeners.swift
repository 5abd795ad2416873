private import CLinux
private import Glibc

/// The listening sockets of a server: for each address one a loop, all on the same port, so that the kernel
/// spreads the connections over the loops (SO_REUSEPORT of socket(7)).
struct Listeners {
    /// A name may stand for several addresses, `localhost` for 127.0.0.1 and ::1.
    private static let addressesMax = 8
    /// What one connection may have waiting in the kernel, encrypted, beside what is on its way already.
    /// Without it a client that reads slowly, or not at all, is served megabytes that it never takes. A fast
    /// one needs a part in the kernel while the next is made.
    private static let unsentBytesMax: Int32 = 128 * 1024

    /// The sockets, by loop.
    private(set) var byLoop: [[Int32]]
    /// Where they listen, with the port that the kernel chose.
    private(set) var address: ListenAddress

    /// Opens sockets for `loops` loops on `wanted`.
    init(_ wanted: ListenAddress, loops: Int, backlog: Int32) throws(ListenError) {
        byLoop = Array(repeating: [], count: loops)
        address = wanted
        do throws(ListenError) {
            for var found in try Self.resolve(wanted) { try open(&found, wanted, backlog) }
        } catch {
            closeAll()
            throw error
        }
    }

    func closeAll() {
        for descriptor in byLoop.joined() { close(descriptor) }
    }

    private static func resolve(_ wanted: ListenAddress) throws(ListenError) -> [callfs_address] {
        var found = [callfs_address](repeating: callfs_address(), count: addressesMax)
        let count =
            if let host = wanted.host {
                callfs_resolve(host, wanted.port, &found, Int32(addressesMax))
            } else {
                callfs_resolve(nil, wanted.port, &found, Int32(addressesMax))
            }
        guard count > 0 else { throw .noSuchAddress(wanted) }
        return Array(found.prefix(Int(count)))
    }

    private mutating func open(
        _ found: inout callfs_address, _ wanted: ListenAddress, _ backlog: Int32
    ) throws(ListenError) {
        if address.port != 0 {
            callfs_address_set_port(&found, address.port)
            // Sockets that share a port would share it with a second server too, so the first look is for a
            // port alone.
            try Self.check(callfs_can_listen(&found), wanted)
        }
        for index in byLoop.indices {
            callfs_address_set_port(&found, address.port)
            let descriptor = callfs_listen(&found, byLoop.count > 1 ? 1 : 0, backlog, Self.unsentBytesMax)
            try Self.check(descriptor, wanted)
            byLoop[index].append(descriptor)
            guard address.port == 0 else { continue }
            var bound = callfs_address()
            try Self.check(callfs_local_address(descriptor, &bound), wanted)
            address = ListenAddress(host: wanted.host, port: callfs_address_port(&bound))
        }
    }

    private static func check(_ outcome: Int32, _ wanted: ListenAddress) throws(ListenError) {
        guard outcome < 0 else { return }
        switch -outcome {
        case EADDRINUSE: throw .addressInUse(wanted)
        case EACCES, EPERM: throw .permissionDenied(wanted)
        case EADDRNOTAVAIL: throw .noSuchAddress(wanted)
        default: throw .kernelRefused(wanted, errorNumber: -outcome)
        }
    }
}
