private import Glibc

/// The signals that the program lives by, taken one by one on the main thread; no handler ever runs.
///
/// Must be made before any other thread is, so that all of them inherit the mask.
struct SignalWatch {
    enum Request {
        /// SIGTERM or SIGINT: finish what is under way and end.
        case stop
        /// SIGHUP: take up what changed in the files that were named.
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

    /// Waits for the next signal.
    func next() -> Request {
        var set = set
        while true {
            var number: Int32 = 0
            guard sigwait(&set, &number) == 0 else { continue }
            return number == SIGHUP ? .reload : .stop
        }
    }
}
