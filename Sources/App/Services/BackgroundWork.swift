import Domain
import Ports

extension Node {
    /// Reclaims, reaps and sweeps until the task is cancelled. A failure is logged and tried again later; it
    /// never ends the node.
    ///
    /// The first sweep takes every unpublished object that is older than this call: in a store that only
    /// this node serves, it was left by a process that is gone.
    package func run() async {
        let startedAt = dependencies.time.wallNow()
        var hasSwept = false
        var nextSweep = dependencies.time.monotonicNow()
        while !Task.isCancelled {
            var didSomething = false
            do throws(Failure) {
                let hasTended = try await tendLinks()
                didSomething = try await collectGarbage() || hasTended
                if dependencies.time.monotonicNow() >= nextSweep {
                    let oldest = dependencies.time.wallNow() - dependencies.settings.sweepAge
                    for store in contents.served {
                        try await sweep(store, madeBefore: hasSwept ? oldest : startedAt)
                    }
                    hasSwept = true
                    nextSweep = dependencies.time.monotonicNow() + dependencies.settings.sweepInterval
                }
            } catch {
                // A stopping node cancels this, and then nothing answers any more.
                if error != .cancelled, !Task.isCancelled {
                    dependencies.log.log(
                        .warn, "background work failed", [LogField("error", String(describing: error))])
                }
            }
            let rest: Duration = didSomething ? .zero : dependencies.settings.maintenanceInterval
            do { try await dependencies.time.sleep(until: dependencies.time.monotonicNow() + rest) } catch {
                return
            }
        }
    }
}
