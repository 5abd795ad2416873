import Domain
import EventLoop
private import Glibc
import HostSystem
import Observability
import Ports
private import Synchronization

/// One run of the server from its start to its end, as the signals of the program move it.
///
/// The main thread calls; the work is done on the loops. The service manager is told of every step.
final class ServerLife: Sendable {
    /// What comes on top of the time to drain before the manager may lose patience.
    static let stopMargin: Duration = .seconds(15)

    private enum Phase {
        case starting
        case running(RunningServer)
        case stopping
    }

    private enum Reloading {
        case idle
        case underWay
        /// A signal came during a reload, which may have read some files before they changed.
        case againWanted
    }

    private struct State {
        var phase = Phase.starting
        var reloading = Reloading.idle
    }

    private let base: Base
    private let manager: ServiceNotifier?
    private let state = Mutex(State())

    init(_ base: Base, manager: ServiceNotifier?) {
        self.base = base
        self.manager = manager
    }

    private func onLoop(_ work: @escaping @Sendable () async -> Void) {
        Task(executorPreference: base.loops.all[0]) { await work() }
    }

    // MARK: Start

    /// Ends the process with 1 when the server cannot start.
    func start(_ loaded: LoadedConfiguration, _ request: ConfigurationRequest) {
        onLoop { [self] in
            do throws(StartError) {
                let (server, greeting) = try await RunningServer.start(
                    loaded, request, loops: base.loops, pool: base.pool, log: base.log)
                Console.print(greeting.text)
                started(server)
            } catch {
                base.log.close()
                Console.complain("callfs: \(error.description)\n")
                exit(1)
            }
        }
    }

    private func started(_ server: RunningServer) {
        let mustReload = state.withLock { state in
            state.phase = .running(server)
            let isWanted = state.reloading == .againWanted
            state.reloading = isWanted ? .underWay : .idle
            return isWanted
        }
        manager?.send(.ready(status: "serving \(server.address)"))
        if mustReload { onLoop { [self] in await reload(server) } }
    }

    // MARK: Reload

    /// Reads the configuration anew, after the start or the reload that is under way.
    func reload() {
        let server: RunningServer? = state.withLock { state in
            switch (state.phase, state.reloading) {
            case (.running(let server), .idle):
                state.reloading = .underWay
                return server
            case (.starting, _), (.running, _):
                state.reloading = .againWanted
                return nil
            case (.stopping, _): return nil
            }
        }
        if let server { onLoop { [self] in await reload(server) } }
    }

    private func reload(_ server: RunningServer) async {
        repeat {
            manager?.send(.reloading(now: SystemClock.monotonicNow()))
            let isTaken = await server.reload.run()
            let note = isTaken ? "" : "; the last reload was refused, see the log"
            manager?.send(.ready(status: "serving \(server.address)\(note)"))
        } while isReloadWantedAgain()
    }

    private func isReloadWantedAgain() -> Bool {
        state.withLock { state in
            let isWanted = state.reloading == .againWanted
            state.reloading = isWanted ? .underWay : .idle
            return isWanted
        }
    }

    // MARK: Stop

    /// Drains and ends the process with 0; at once when it was asked before, or has nothing to drain yet.
    func stop() {
        let server: RunningServer? = state.withLock { state in
            defer { state.phase = .stopping }
            guard case .running(let server) = state.phase else { return nil }
            return server
        }
        guard let server else {
            base.log.log(.warn, "ending at once", [])
            base.log.close()
            // Without exit handlers: the other threads are at work.
            _exit(0)
        }
        let patience = server.reload.settings.server.shutdownTimeout
        manager?.send(
            .stopping(status: "finishing requests that are under way", within: patience + Self.stopMargin))
        onLoop { [self] in
            await server.stop()
            base.log.close()
            exit(0)
        }
    }
}
