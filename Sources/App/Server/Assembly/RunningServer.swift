import API
import Compression
import Domain
import EventLoop
import HTTPServer
import HostSystem
import Observability
import Ports
import Services
private import Synchronization
import TLS

/// A node that serves. Made in order, stopped in reverse.
final class RunningServer: Sendable {
    /// Where it listens, with the port that the kernel chose if it was to.
    let address: String

    /// Takes up changes; knows what is in force.
    let reload: Reload

    private let embedded: EmbeddedNode
    private let server: HTTPServerService
    /// Serves metrics only; nil when the settings want none.
    private let metricsServer: HTTPServerService?
    private let audit: AuditAssembly
    private let log: any EventLog
    private let time: any TimeSource
    private let background: Task<Void, Never>

    private init(
        address: String, reload: Reload, embedded: EmbeddedNode, server: HTTPServerService,
        metricsServer: HTTPServerService?, audit: AuditAssembly, log: any EventLog,
        time: any TimeSource, background: Task<Void, Never>
    ) {
        self.address = address
        self.reload = reload
        self.embedded = embedded
        self.server = server
        self.metricsServer = metricsServer
        self.audit = audit
        self.log = log
        self.time = time
        self.background = background
    }

    /// Opens everything and starts to serve.
    static func start(
        _ loaded: LoadedConfiguration, _ request: ConfigurationRequest, loops: Loops, pool: BlockingPool,
        log: StreamEventLog
    ) async throws(StartError) -> (server: RunningServer, greeting: Greeting) {
        let settings = loaded.settings
        let time = LoopTimeSource(fallback: loops.all[0])
        let audit = try AuditAssembly(settings.log, log: log)
        let registry = MetricsAssembly.registry(loops: loops, pool: pool, log: log)
        let embedded = try await EmbeddedNode.open(
            settings, pool: pool, time: time, log: log, metrics: registry)
        let key = try await KeyFile.key(for: settings, in: embedded.directory)
        if let key {
            log.mask([key.secret.revealed])
            audit.mask([key.secret.revealed])
        }
        let tls =
            settings.server.scheme == .https
            ? try await CertificateAssembly.context(
                settings.server, directory: embedded.directory, log: log) : nil
        if tls == nil { log.log(.warn, "serving plain HTTP; only do so behind a proxy that ends TLS", []) }

        let observation = Observation(registry: registry, audit: audit.audit)
        let linkSecret = try await LinkAssembly.secret(for: settings, in: embedded.directory)
        log.mask([linkSecret.revealed])
        let linkSigner = LinkAssembly.signer(
            linkSecret, settings, hash: embedded.node.dependencies.hash)
        let limiter = RateLimiter(settings: settings.rateLimits, time: time)
        let handler = CallFSHandler(
            node: embedded.node,
            identities: IdentityAssembly.identities(
                settings.authentication, generatedKey: key?.secret, hash: embedded.node.dependencies.hash),
            linkSigner: linkSigner, limiter: limiter, settings: handlerSettings(settings),
            observation: observation)
        let server = try listen(settings, tls?.context, handler, loops, log)
        let node = embedded.node
        let metricsServer = try MetricsListener.open(
            settings, node: node, linkSigner: linkSigner, observation: observation, loops: loops, time: time,
            log: log)
        audit.watch(in: registry)
        MetricsAssembly.watch(node, main: server, metrics: metricsServer, time: time, in: registry)
        if let tls { MetricsAssembly.watch(tls.context, in: registry) }
        let watch = tls.map { CertificateWatch(context: $0.context, time: time, log: log) }
        let background = Task(executorPreference: loops.all[loops.all.count - 1]) {
            async let watching: Void? = watch?.run()
            await node.run()
            _ = await watching
        }
        server.start()
        metricsServer?.start()
        log.log(
            .info, "serving",
            [
                LogField("address", server.address.description), LogField("data_dir", settings.dataDirectory),
                LogField("instance", settings.instance.instanceID.text),
                LogField("version", HelpText.version),
            ])
        let reload = Reload(
            request, startedWith: loaded,
            Reload.Parts(
                handler: handler, limiter: limiter, server: server, tls: tls?.context, node: node,
                directory: embedded.directory, pool: pool, log: log))
        let running = RunningServer(
            address: server.address.description, reload: reload, embedded: embedded, server: server,
            metricsServer: metricsServer, audit: audit, log: log,
            time: time, background: background)
        let greeting = Greeting(
            scheme: settings.server.scheme.rawValue, port: server.address.port, host: server.address.host,
            dataDirectory: settings.dataDirectory, key: key, certificateFile: tls?.generatedFile)
        return (running, greeting)
    }

    private static func listen(
        _ settings: Settings, _ tls: TLSContext?, _ handler: CallFSHandler, _ loops: Loops,
        _ log: any EventLog
    ) throws(StartError) -> HTTPServerService {
        let address = settings.server.listenAddress
        do {
            return try HTTPServerService(
                address: HTTPServer.ListenAddress(host: address.host, port: address.port), tls: tls,
                handler: handler, loops: loops, settings: serverSettings(settings), log: log)
        } catch {
            throw StartError("The server cannot listen: \(error.description).")
        }
    }

    /// Stops taking requests, lets those under way finish until the deadline, and closes everything.
    func stop() async {
        log.log(.info, "stopping", [LogField("requests_in_flight", server.requestsInFlight)])
        background.cancel()
        await server.drain(until: time.monotonicNow() + reload.settings.server.shutdownTimeout, by: time)
        // Last, so that the draining can be watched.
        await metricsServer?.drain(until: time.monotonicNow(), by: time)
        await background.value
        // Transfers that ended while the server drained; what fails here ends by its window.
        _ = try? await embedded.node.tendLinks()
        await embedded.close()
        audit.close()
        log.log(.info, "stopped", [])
    }

    // MARK: -

    static func handlerSettings(_ settings: Settings) -> HandlerSettings {
        var result = HandlerSettings(externalURL: LinkAssembly.externalURL(settings.server))
        result.logsAccess = settings.log.access
        result.version = HelpText.version
        result.servesMetrics = settings.metrics.onMain
        result.crossOrigin = settings.crossOrigin
        result.coding = settings.compressedBytesMin.map {
            ResponseCoding(LibraryCompression(), bytesMin: $0)
        }
        return result
    }

    static func serverSettings(_ settings: Settings) -> HTTPServerSettings {
        var result = HTTPServerSettings()
        result.connectionsMax = settings.server.connectionsMax
        result.readTimeout = settings.server.readTimeout
        result.writeTimeout = settings.server.writeTimeout
        // The slowest rate is measured over at least the silence that is allowed.
        result.rateWindow = max(result.rateWindow, settings.server.readTimeout, settings.server.writeTimeout)
        result.limits.headMaxBytes = settings.limits.headerBytesMax
        if !settings.server.speaksHTTP2 { result.http2 = nil }
        return result
    }
}
