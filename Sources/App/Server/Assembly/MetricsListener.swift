import API
import Domain
import EventLoop
import HTTPServer
import Ports
import Services

/// The listener for metrics alone: plain HTTP, no key, `/metrics` and `/health` and nothing else.
enum MetricsListener {
    /// Scrapers and a few people; nobody needs more.
    private static let connectionsMax = 64

    /// Nil when the settings want none.
    static func open(
        _ settings: Settings, node: Node, linkSigner: LinkSigner, observation: Observation, loops: Loops,
        time: any TimeSource, log: any EventLog
    ) throws(StartError) -> HTTPServerService? {
        guard let address = settings.metrics.listenAddress else { return nil }
        var handlerSettings = HandlerSettings(externalURL: "")
        handlerSettings.logsAccess = false
        handlerSettings.servesFiles = false
        let handler = CallFSHandler(
            node: node, identities: Identities(principals: [:]), linkSigner: linkSigner,
            limiter: RateLimiter(settings: .unlimited, time: time), settings: handlerSettings,
            observation: observation)
        var serverSettings = HTTPServerSettings()
        serverSettings.connectionsMax = connectionsMax
        do {
            return try HTTPServerService(
                address: HTTPServer.ListenAddress(host: address.host, port: address.port), tls: nil,
                handler: handler, loops: loops, settings: serverSettings, log: log)
        } catch {
            throw StartError(
                "The metrics cannot be served: \(error.description). metrics.listen_addr "
                    + "(CALLFS_METRICS_LISTEN_ADDR) says where; 'off' is for nowhere.")
        }
    }
}
