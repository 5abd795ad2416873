import Domain
package import SimCore

/// Holds some calls to the metadata service back until others have committed: a commit before its instant, a
/// look after it. What a plan rests on is then older by several commits than the moment in which it is
/// carried out, so whatever a commit does not ask for itself is soon wrong.
package final class CommitTurns: @unchecked Sendable {
    /// Of a thousand, how many are held.
    package struct Share: Sendable {
        package var commits = 0
        package var looks = 0
        /// They wait for their time, and not for others.
        package var isByTime = false

        package init(commits: Int = 0, looks: Int = 0) {
            self.commits = commits
            self.looks = looks
        }

        package static let none = Share()
    }

    private final class Waiter {
        var left: Int
        let promise = Promise<Bool>()

        init(_ left: Int) { self.left = left }
    }

    package enum Kind {
        case commit, look
    }

    private let scheduler: Scheduler
    private let random: RandomStream
    package var share = Share.none
    /// After that it goes on, whether others have committed or not.
    package var longest: Duration = .milliseconds(100)
    private var waiters: [Waiter] = []

    package init(_ scheduler: Scheduler, _ random: RandomStream) {
        self.scheduler = scheduler
        self.random = random
    }

    /// Returns at once, or after one to five commits of others.
    func wait(_ kind: Kind) async {
        guard !scheduler.isEnding, random.happens(perMille: kind == .commit ? share.commits : share.looks)
        else { return }
        let waiter = Waiter(share.isByTime ? .max : random.number(in: 1...5))
        waiters.append(waiter)
        let promise = waiter.promise
        scheduler.after(random.duration(.milliseconds(1), longest)) { promise.keep(true) }
        _ = await promise.wait(orWhenCancelled: false)
        waiters.removeAll { $0 === waiter }
    }

    /// Somebody has committed.
    func hasCommitted() {
        for waiter in waiters {
            waiter.left -= 1
            if waiter.left == 0 { waiter.promise.keep(true) }
        }
    }
}
