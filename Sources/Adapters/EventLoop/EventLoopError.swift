/// The kernel refused what a loop needs.
package enum EventLoopError: Error, Equatable, Sendable {
    /// A system call failed with this error number: out of descriptors, threads, memory or watches.
    case kernelRefused(call: Call, errorNumber: Int32)

    /// The calls that can fail.
    package enum Call: String, Sendable {
        case epollCreate = "epoll_create1"
        case epollControl = "epoll_ctl"
        case eventDescriptor = "eventfd"
        case threadCreate = "pthread_create"
    }
}
