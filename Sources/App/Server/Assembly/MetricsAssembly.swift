import Domain
import EventLoop
import HTTPServer
import HostSystem
import Observability
import Ports
import Services
private import Synchronization
import TLS

/// What the program itself has to show: the parts of it that no port sees.
enum MetricsAssembly {
    /// What asks a disk or a database is asked at most so often, however many scrapers there are.
    private static let rememberedFor: Duration = .seconds(5)

    /// Everything that is known before the node is open.
    static func registry(loops: Loops, pool: BlockingPool, log: StreamEventLog) -> PrometheusRegistry {
        let registry = PrometheusRegistry()
        let build = MetricSample([MetricPair("version", HelpText.version)], .integer(1))
        registry.register(
            MetricFamily("callfs_build_info", .gauge, "Always 1; the label says which version runs.") {
                [build]
            })
        registry.register(
            MetricFamily(
                "callfs_log_lines_lost_total", .counter,
                "Lines of the log that were dropped for want of room or could not be written."
            ) { log.lost.samples })
        registry.register(
            MetricFamily(
                "callfs_cross_server_operations_total", .counter,
                "Operations that this node had another one do."
            ) { [] })
        watch(loops, in: registry)
        watch(pool, in: registry)
        return registry
    }

    /// What is known of a node once it is open and its listeners listen.
    static func watch(
        _ node: Node, main: HTTPServerService, metrics: HTTPServerService?, time: any TimeSource,
        in registry: PrometheusRegistry
    ) {
        watch([("main", main)] + (metrics.map { [("metrics", $0)] } ?? []), in: registry)
        let ledger = node.dependencies.ledger
        let counts = Remembered(for: rememberedFor, by: time) { try? await ledger.counts() }
        registry.register(
            MetricFamily(
                "callfs_garbage_contents", .gauge,
                "Contents that nothing refers to: candidates, and condemned ones that are still there."
            ) {
                guard let counts = await counts.value else { return [] }
                return [
                    MetricSample([MetricPair("state", "candidate")], .integer(Int64(counts.candidates))),
                    MetricSample([MetricPair("state", "condemned")], .integer(Int64(counts.condemned))),
                ]
            })
        registry.register(
            MetricFamily("callfs_detached_trees", .gauge, "Removed trees that are not taken apart yet.") {
                guard let counts = await counts.value else { return [] }
                return [MetricSample([], .integer(Int64(counts.detachedTrees)))]
            })
        watch(node.contents, time: time, in: registry)
    }

    private static func watch(
        _ contents: ContentStores, time: any TimeSource, in registry: PrometheusRegistry
    ) {
        let stores = contents.served.map { store in
            let backend = contents.registration(of: store.id)?.backend ?? "store"
            return (
                labels: [MetricPair("backend", backend)],
                health: Remembered(for: rememberedFor, by: time) { await store.probe() }
            )
        }
        func gauge(_ name: String, _ help: String, _ value: @escaping @Sendable (StoreHealth) -> UInt64?) {
            registry.register(
                MetricFamily(name, .gauge, help) {
                    var samples: [MetricSample] = []
                    for store in stores {
                        guard let number = value(await store.health.value) else { continue }
                        samples.append(MetricSample(store.labels, .integer(Int64(clamping: number))))
                    }
                    return samples
                })
        }
        gauge("callfs_backend_up", "1 when the store of contents works.") { $0.isAvailable ? 1 : 0 }
        gauge("callfs_backend_free_bytes", "Room that the store of contents has.") { $0.freeBytes }
        gauge("callfs_backend_size_bytes", "Room that the store of contents has and had.") { $0.totalBytes }
    }

    /// The certificate, as it is in force: a reload may bring another.
    static func watch(_ context: TLSContext, in registry: PrometheusRegistry) {
        registry.register(
            MetricFamily(
                "callfs_tls_certificate_expiry_timestamp_seconds", .gauge,
                "When the certificate that is shown to clients ends, in seconds since 1970."
            ) {
                guard let expiry = context.certificateExpiry else { return [] }
                return [MetricSample([], .integer(expiry.nanoseconds / 1_000_000_000))]
            })
    }

    /// Connections of each listener.
    private static func watch(
        _ servers: [(name: String, server: HTTPServerService)], in registry: PrometheusRegistry
    ) {
        registry.register(
            MetricFamily("callfs_http_connections_open", .gauge, "Connections that are open now.") {
                servers.map { name, server in
                    MetricSample(
                        [MetricPair("listener", name)], .integer(Int64(server.openConnections)))
                }
            })
    }

    private static func watch(_ loops: Loops, in registry: PrometheusRegistry) {
        let all = loops.all
        registry.register(
            MetricFamily(
                "callfs_loop_turn_duration_seconds", .histogram,
                "How long an event loop was busy between two looks at its connections."
            ) {
                all.map { loop in
                    MetricSample(
                        [MetricPair("loop", String(loop.index))], .histogram(loop.turns.snapshot()))
                }
            })
    }

    /// The process, by the names that all Prometheus clients use.
    private static func watch(_ pool: BlockingPool, in registry: PrometheusRegistry) {
        func family(
            _ name: String, _ kind: MetricFamily.Kind, _ help: String,
            _ value: @escaping @Sendable (ProcessFigures) -> MetricSample.Value?
        ) {
            registry.register(
                MetricFamily(name, kind, help) {
                    guard let figures = try? await pool.run({ ProcessFigures.read() }) else { return [] }
                    return value(figures).map { [MetricSample([], $0)] } ?? []
                })
        }
        family("process_cpu_seconds_total", .counter, "User and system time that the process took.") {
            .number($0.cpuSeconds)
        }
        family("process_resident_memory_bytes", .gauge, "Memory of the process that is in RAM.") {
            .integer(Int64(clamping: $0.residentBytes))
        }
        family("process_virtual_memory_bytes", .gauge, "Address space of the process.") {
            .integer(Int64(clamping: $0.virtualBytes))
        }
        family("process_open_fds", .gauge, "File descriptors that are open.") {
            .integer(Int64($0.openDescriptors))
        }
        family("process_max_fds", .gauge, "File descriptors that may be open.") {
            $0.descriptorsMax.map { .integer(Int64(clamping: $0)) }
        }
        family("process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.") {
            .number($0.startedAtSeconds)
        }
    }
}

/// A value that is costly to learn, kept for a while.
private final class Remembered<Value: Sendable>: Sendable {
    private let lifetime: Duration
    private let time: any TimeSource
    private let learn: @Sendable () async -> Value
    private let kept = Mutex<(value: Value, until: MonotonicInstant)?>(nil)

    init(
        for lifetime: Duration, by time: any TimeSource, _ learn: @escaping @Sendable () async -> Value
    ) {
        self.lifetime = lifetime
        self.time = time
        self.learn = learn
    }

    var value: Value {
        get async {
            let now = time.monotonicNow()
            if let kept = kept.withLock({ $0 }), kept.until > now { return kept.value }
            let value = await learn()
            kept.withLock { $0 = (value, now + lifetime) }
            return value
        }
    }
}
