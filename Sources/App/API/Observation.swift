package import Ports

/// Who watches the API: metrics and the audit log.
package struct Observation: Sendable {
    package let metrics: HTTPMetrics
    /// What `/metrics` shows.
    package let registry: any MetricsRegistry
    package let audit: any AuditLog

    /// Listeners that share `metrics` are counted together.
    package init(
        registry: any MetricsRegistry = UnseenMetrics(), metrics: HTTPMetrics? = nil,
        audit: any AuditLog = SilentAuditLog()
    ) {
        self.registry = registry
        self.metrics = metrics ?? HTTPMetrics(registry)
        self.audit = audit
    }
}
