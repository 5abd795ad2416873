private import Glibc
import HostSystem
import Observability
import Ports

/// The audit log that the settings ask for, and the stream of its own that it may have.
struct AuditAssembly {
    let audit: any AuditLog
    private let own: StreamEventLog?

    /// Opens the file, if there is to be one; a server that cannot keep the log it was told to keep does not
    /// start.
    init(_ settings: LogSettings, log: StreamEventLog) throws(StartError) {
        switch settings.audit {
        case .off:
            audit = SilentAuditLog()
            own = nil
        case .inLog:
            audit = StreamAuditLog(log)
            own = nil
        case .file(let path):
            guard let sink = FileLogSink(path: path) else {
                let reason = String(cString: strerror(errno))
                throw StartError(
                    "The audit log '\(path)' cannot be written: \(reason). Correct log.audit_file.")
            }
            let stream = StreamEventLog(
                format: .json, level: .info, sink: sink, wallNow: { SystemClock.wallNow() },
                onLost: { count in
                    log.log(.error, "audit lines could not be written", [LogField("count", count)])
                })
            guard let stream else { throw StartError("The system gives no thread for the audit log.") }
            audit = StreamAuditLog(stream)
            own = stream
        }
    }

    /// From now on no line holds any of these.
    func mask(_ secrets: [String]) { own?.mask(secrets) }

    func watch(in registry: PrometheusRegistry) {
        let own = own
        registry.register(
            MetricFamily(
                "callfs_audit_lines_lost_total", .counter,
                "Audit lines that were not written to the audit log's own file."
            ) { own?.lost.samples ?? [MetricSample([], .integer(0))] })
    }

    /// Writes what is left.
    func close() { own?.close() }
}
