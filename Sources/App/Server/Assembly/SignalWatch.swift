import Domain
private import Glibc
private import HostSystem

/// The signals that the program lives by, taken one by one on the main thread; no handler ever runs.
///
/// Must be made before any other thread is, so that all of them inherit the mask.
struct SignalWatch {
    enum Request {
        /// SIGTERM or SIGINT: finish what is under way and end.
        case stop
        /// SIGHUP: take up what changed in the configuration and the files that it names.
        case reload
    }

    private var set = sigset_t()

    init() {
        sigemptyset(&set)
        for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // A peer that went away is an error of write(2), not the end of the program.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Waits for the next signal; nil when there is none until `deadline`.
    func next(until deadline: MonotonicInstant? = nil) -> Request? {
        var set = set
        while true {
            let number: Int32
            if let deadline {
                let left = max(0, (deadline - SystemClock.monotonicNow()).wholeNanoseconds)
                var wait = timespec(
                    tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
                number = sigtimedwait(&set, nil, &wait)
                if number < 0, errno == EAGAIN { return nil }
            } else {
                number = sigwaitinfo(&set, nil)
            }
            if number > 0 { return number == SIGHUP ? .reload : .stop }
        }
    }
}
