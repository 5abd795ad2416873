import API
import Domain
import EventLoop
private import Glibc
import HostSystem
import Observability
import Ports
import Services

/// What each command does, and the exit code that it ends with.
enum Program {
    static func run(_ arguments: [String]) -> Int32 {
        do throws(UsageError) {
            switch try CommandLine.parse(arguments) {
            case .server(let request): return serve(request)
            case .checkFilesystem(let request): return check(request)
            case .validateConfiguration(let request):
                return finish(ConfigurationCommands.validate(request, host()))
            case .exampleConfiguration(let format): return finish(ConfigurationCommands.example(format))
            case .describeAPI:
                return finish(
                    CommandOutput(standardOutput: APIDescription.document(version: HelpText.version)))
            case .help(let topic): return finish(HelpText.output(topic))
            case .version: return finish(HelpText.versionOutput)
            }
        } catch {
            Console.complain("callfs: \(error.description)\n")
            return UsageError.exitCode
        }
    }

    /// Serves until a signal says stop. Never returns normally when the start succeeded: the process ends
    /// when all is closed.
    private static func serve(_ request: ConfigurationRequest) -> Int32 {
        // Before any thread is made, so that all of them leave the signals to this one.
        let signals = SignalWatch()
        guard let loaded = load(request), let base = Base(loaded.settings) else {
            return ConfigurationError.exitCode
        }
        for notice in loaded.notices { base.log.log(.info, notice, []) }
        let manager = ServiceNotifier(environment: host().environment)
        let life = ServerLife(base, manager: manager)
        let round = LoopRound(base.loops) { manager?.send(.alive) }
        life.start(loaded, request)
        while true {
            let deadline = manager?.watchdogInterval.map { SystemClock.monotonicNow() + $0 }
            switch signals.next(until: deadline) {
            case .reload: life.reload()
            case .stop: life.stop()
            case nil: round.begin()
            }
        }
    }

    /// Checks the stores of a node that does not run.
    private static func check(_ request: ConfigurationRequest) -> Int32 {
        guard let loaded = load(request), let base = Base(loaded.settings) else {
            return ConfigurationError.exitCode
        }
        Task(executorPreference: base.loops.all[0]) {
            do throws(StartError) {
                let time = LoopTimeSource(fallback: base.loops.all[0])
                let embedded = try await EmbeddedNode.open(
                    loaded.settings, pool: base.pool, time: time, log: base.log)
                var findings = 0
                let verified: Int
                do {
                    verified = try await embedded.node.checkStores { finding in
                        findings += 1
                        Console.print(finding + "\n")
                    }
                } catch {
                    throw StartError("The check could not be finished: \(error).")
                }
                await embedded.close()
                Console.print("\(verified) stored contents verified, \(findings) problems found\n")
                base.log.close()
                exit(findings == 0 ? 0 : 1)
            } catch {
                Console.complain("callfs: \(error.description)\n")
                exit(2)
            }
        }
        while true { pause() }
    }

    private static func load(_ request: ConfigurationRequest) -> LoadedConfiguration? {
        do throws(ConfigurationError) {
            return try ConfigurationLoader.load(request, host())
        } catch {
            for problem in error.problems { Console.complain("callfs: \(problem)\n") }
            return nil
        }
    }

    static func host() -> ConfigurationHost {
        let hash = OpenSSLKeyedHash()
        return .process { bytes in bytes.withUnsafeBytes { hash.sha256($0) } }
    }

    private static func finish(_ output: CommandOutput) -> Int32 {
        Console.print(output.standardOutput)
        Console.complain(output.standardError)
        return output.exitCode
    }
}
