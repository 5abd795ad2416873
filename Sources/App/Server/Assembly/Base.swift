import EventLoop
import HostSystem
import Observability
import Ports

/// What every command that opens a node needs.
struct Base: Sendable {
    let loops: Loops
    let pool: BlockingPool
    let log: StreamEventLog

    /// Nil, and a sentence on standard error, when the system gives no threads.
    init?(_ settings: Settings) {
        let sink = DescriptorLogSink.standardError
        do throws(EventLoopError) {
            loops = try Loops()
            pool = try BlockingPool()
        } catch {
            Console.complain("callfs: the system gives no threads or descriptors: \(error)\n")
            return nil
        }
        guard
            let log = StreamEventLog(
                format: Self.logFormat(settings.log), level: settings.log.level, sink: sink,
                wallNow: { SystemClock.wallNow() })
        else {
            Console.complain("callfs: the system gives no thread for the log\n")
            return nil
        }
        self.log = log
        log.mask(settings.authentication.secrets)
    }

    static func logFormat(_ settings: LogSettings) -> LogFormat {
        settings.format == .json
            ? .json : .console(isColored: DescriptorLogSink.standardError.isTerminal)
    }
}
