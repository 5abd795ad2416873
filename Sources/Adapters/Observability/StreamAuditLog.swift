package import Ports

/// The audit log as lines of a stream: the server's own, where `"log":"audit"` tells them from the others, or
/// one of its own. Written whatever the least level of the stream is.
package struct StreamAuditLog: AuditLog {
    private let stream: StreamEventLog

    package init(_ stream: StreamEventLog) { self.stream = stream }

    package func record(_ entry: @autoclosure () -> AuditEntry) {
        let entry = entry()
        var fields = [
            LogField("log", "audit"), LogField("action", entry.action?.label ?? "other"),
            LogField("outcome", entry.outcome), LogField("status", entry.status),
            LogField("principal", entry.principal), LogField("path", entry.path),
        ]
        if let destination = entry.destination { fields.append(LogField("destination", destination)) }
        fields += [
            LogField("remote", entry.remoteAddress), LogField("request_id", entry.requestID),
            LogField("trace_id", entry.traceID),
        ]
        stream.write(.info, "audit", fields)
    }
}
