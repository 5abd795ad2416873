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
        let format: LogFormat = settings.log.format == .json ? .json : .console(isColored: sink.isTerminal)
        do throws(EventLoopError) {
            loops = try Loops()
            pool = try BlockingPool()
        } catch {
            Console.complain("callfs: the system gives no threads or descriptors: \(error)\n")
            return nil
        }
        guard
            let log = StreamEventLog(
                format: format, level: settings.log.level, sink: sink, wallNow: { SystemClock.wallNow() })
        else {
            Console.complain("callfs: the system gives no thread for the log\n")
            return nil
        }
        self.log = log
    }
}
