import Domain
import Ports

extension Node {
    /// Reclaims, reaps and sweeps until the task is cancelled, and tells other nodes of this one. A
    /// failure is logged and tried again later; it never ends the node. Only that another process has
    /// taken its name does, and then this returns.
    ///
    /// The first sweep of a node that stands alone takes every unpublished object that is older than this
    /// call: it was left by a process that is gone. Among several, another node may be about to publish it.
    package func run() async {
        guard let cluster = dependencies.cluster else { return await tend(alone: true) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await cluster.membership.run() }
            group.addTask { await tend(alone: false) }
            // The announcements end by themselves only when the name is another's: nothing is to be tended
            // then.
            await group.next()
            group.cancelAll()
        }
    }

    private func tend(alone: Bool) async {
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
                        try await sweep(store, madeBefore: hasSwept || !alone ? oldest : startedAt)
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
