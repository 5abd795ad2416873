import API
import Domain
import EventLoop
import HTTPServer
import HostSystem
import Observability
import Ports
import Services
private import Synchronization
import TLS

/// Takes up a changed configuration while the server runs: first everything is read and checked, then all of
/// it is used, by steps that cannot fail. What is wrong leaves what was in force.
final class Reload: Sendable {
    /// What a reload changes.
    struct Parts: Sendable {
        let handler: CallFSHandler
        let limiter: RateLimiter
        let server: HTTPServerService
        /// Nil when the server speaks plain HTTP.
        let tls: TLSContext?
        let node: Node
        let directory: NodeDirectory
        let pool: BlockingPool
        let log: StreamEventLog
    }

    private let request: ConfigurationRequest
    private let started: LoadedConfiguration
    private let parts: Parts
    private let inForce: Mutex<LoadedConfiguration>

    init(_ request: ConfigurationRequest, startedWith started: LoadedConfiguration, _ parts: Parts) {
        self.request = request
        self.started = started
        self.parts = parts
        inForce = Mutex(started)
    }

    /// What holds now; of what only a start takes up, what the start took.
    var settings: Settings { inForce.withLock { $0.settings } }

    /// Reads everything anew. False, with an event for each problem, when nothing was changed. One call at a
    /// time.
    func run() async -> Bool {
        do throws(ConfigurationError) {
            let next = try await prepare()
            let change = ConfigurationChange(
                from: inForce.withLock { $0 }, startedWith: started, to: next.configuration)
            use(next)
            report(change)
            return true
        } catch {
            for problem in error.problems {
                parts.log.log(
                    .error, "the configuration has a problem",
                    [
                        LogField("source", problem.source?.description ?? "-"),
                        LogField("problem", problem.message),
                    ])
            }
            parts.log.log(
                .error, "nothing was reloaded; what was in force before goes on",
                [LogField("problems", error.problems.count)])
            return false
        }
    }

    // MARK: Everything that can fail

    private struct Prepared {
        let configuration: LoadedConfiguration
        let identities: Identities
        let linkSigner: LinkSigner
        let secrets: [String]
        let certificate: (replacement: TLSReplacement, pair: PEMKeyPair)?
    }

    private func prepare() async throws(ConfigurationError) -> Prepared {
        let next = try await load()
        var problems: [ConfigurationProblem] = []
        if next.file == nil, let file = started.file {
            problems.append(
                Self.problem("the configuration file \(PrintableText.quoted(file)) is not there any more"))
        }
        var certificate: (TLSReplacement, PEMKeyPair)?
        if let tls = parts.tls {
            switch await readCertificate(next.settings.server, tls) {
            case .success(let found): certificate = found
            case .failure(let problem): problems.append(problem)
            }
        }
        var key: Secret?
        if !next.settings.authentication.hasKeys {
            switch await readGeneratedKey() {
            case .success(let found): key = found
            case .failure(let problem): problems.append(problem)
            }
        }
        var linkSecret: Secret?
        switch await readLinkSecret(next.settings) {
        case .success(let found): linkSecret = found
        case .failure(let problem): problems.append(problem)
        }
        guard problems.isEmpty, let linkSecret else { throw ConfigurationError(problems: problems) }
        let settings = next.settings.authentication
        let hash = parts.node.dependencies.hash
        return Prepared(
            configuration: next,
            identities: IdentityAssembly.identities(settings, generatedKey: key, hash: hash),
            linkSigner: LinkAssembly.signer(linkSecret, next.settings, hash: hash),
            secrets: settings.secrets + [key, linkSecret].compactMap { $0?.revealed },
            certificate: certificate)
    }

    private func load() async throws(ConfigurationError) -> LoadedConfiguration {
        let request = request
        let outcome: Result<LoadedConfiguration, ConfigurationError>
        do throws(BlockingPoolRefusal) {
            outcome = try await parts.pool.run {
                do throws(ConfigurationError) {
                    return .success(try ConfigurationLoader.load(request, Program.host()))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw ConfigurationError(problems: [Self.problem("the disk is too busy to read it: \(error)")])
        }
        return try outcome.get()
    }

    private func readCertificate(
        _ settings: ServerSettings, _ context: TLSContext
    ) async -> Result<(TLSReplacement, PEMKeyPair), ConfigurationProblem> {
        let directory = parts.directory
        do throws(BlockingPoolRefusal) {
            return try await parts.pool.run {
                do {
                    let pair = try CertificateAssembly.files(settings, directory).pair()
                    return .success((try context.prepare(pair, now: SystemClock.wallNow()), pair))
                } catch let error as TLSContextError {
                    return .failure(Self.problem(error.description))
                } catch {
                    return .failure(Self.problem("\(error)"))
                }
            }
        } catch {
            return .failure(Self.problem("the disk is too busy to read the certificate: \(error)"))
        }
    }

    private func readGeneratedKey() async -> Result<Secret, ConfigurationProblem> {
        do throws(StartError) {
            if let key = try await KeyFile.existing(in: parts.directory) { return .success(key.secret) }
            return .failure(
                Self.problem(
                    "no key is configured, and '\(parts.directory.path)/\(KeyFile.name)' is not there: "
                        + "only a start makes one"))
        } catch {
            return .failure(Self.problem(error.description))
        }
    }

    private func readLinkSecret(_ settings: Settings) async -> Result<Secret, ConfigurationProblem> {
        do throws(StartError) {
            if let found = try await LinkAssembly.existingSecret(for: settings, in: parts.directory) {
                return .success(found)
            }
            return .failure(
                Self.problem(
                    "no secret for links is configured, and "
                        + "'\(parts.directory.path)/\(LinkAssembly.secretFile)' is not there: "
                        + "only a start makes one"))
        } catch {
            return .failure(Self.problem(error.description))
        }
    }

    private static func problem(_ message: String) -> ConfigurationProblem {
        ConfigurationProblem(source: nil, message: message)
    }

    // MARK: What cannot fail

    private func use(_ next: Prepared) {
        let settings = next.configuration.settings
        parts.log.mask(next.secrets)
        parts.log.level = settings.log.level
        parts.log.format = Base.logFormat(settings.log)
        if let tls = parts.tls, let certificate = next.certificate {
            tls.use(certificate.replacement)
            CertificateWarnings.log(
                certificate.pair, tls.certificateExpiry, now: SystemClock.wallNow(), to: parts.log)
        }
        var node = parts.node.dependencies.settings
        EmbeddedNode.takeLive(settings, into: &node)
        parts.node.dependencies.settings = node
        parts.limiter.update(settings.rateLimits)
        parts.server.use(RunningServer.serverSettings(settings))
        var shown = settings
        shown.server.scheme = started.settings.server.scheme
        parts.handler.use(next.identities, next.linkSigner, RunningServer.handlerSettings(shown))
        inForce.withLock { $0 = next.configuration }
    }

    private func report(_ change: ConfigurationChange) {
        var fields = [LogField("settings", change.takenUp.joined(separator: ","))]
        if let tls = parts.tls {
            fields.append(LogField("certificate_sha256", tls.certificateFingerprint))
            if let expiry = tls.certificateExpiry {
                fields.append(LogField("certificate_expires", expiry.timestamp(fractionDigits: 0)))
            }
        }
        parts.log.log(.info, "the configuration was reloaded", fields)
        guard !change.needsRestart.isEmpty else { return }
        parts.log.log(
            .warn, "some settings that changed hold only after a restart",
            [LogField("settings", change.needsRestart.joined(separator: ","))])
    }
}
