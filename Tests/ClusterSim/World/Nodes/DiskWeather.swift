import Domain
import Memory
import Ports
import SimCore

/// How the disk of one node behaves: calls take time, and some fail.
package struct DiskWeather: Sendable {
    var fastest: Duration = .microseconds(20)
    var slowest: Duration = .milliseconds(2)
    /// Of a sync, which waits for the medium.
    package var slowestSync: Duration = .milliseconds(10)
    /// EIO, of every call that moves bytes or names.
    var failuresPerMille = 0
    /// EIO, of syncs besides.
    package var failingSyncsPerMille = 0
    /// ENOSPC, of every call that may need room.
    var fullPerMille = 0
}

/// Makes a disk slow and lets it fail, as the seed says. Confined to the thread of its run.
final class DiskFaults: @unchecked Sendable {
    private let scheduler: Scheduler
    private let random: RandomStream
    var weather: DiskWeather
    /// Nothing is slow and nothing fails: while a disk is being made.
    var isCalm = true

    init(_ scheduler: Scheduler, _ random: RandomStream, _ weather: DiskWeather) {
        self.scheduler = scheduler
        self.random = random
        self.weather = weather
    }

    func before(_ operation: MemoryDiskOperation) async throws(DiskError) {
        if isCalm || scheduler.isEnding { return }
        switch operation.verb {
        case .names, .size, .space, .lock, .makeDirectory, .setAttribute: return
        case .syncFile, .syncDirectory: await pass(random.longTail(weather.fastest, weather.slowestSync))
        case .open, .create, .rename, .remove, .read, .write, .preallocate:
            await pass(random.longTail(weather.fastest, weather.slowest))
        }
        if random.happens(perMille: weather.failuresPerMille) { throw .failed(errno: 5) }
        switch operation.verb {
        case .syncFile, .syncDirectory:
            if random.happens(perMille: weather.failingSyncsPerMille) { throw .failed(errno: 5) }
        case .create, .write, .preallocate:
            if random.happens(perMille: weather.fullPerMille) { throw .full }
        default: break
        }
    }

    /// The medium has what it was given, and whoever waits does not know it yet.
    func afterSync() async {
        if isCalm || scheduler.isEnding || random.happens(Ratio(1, of: 2)) { return }
        await pass(random.longTail(weather.fastest, weather.slowestSync))
    }

    /// A system call that has begun is waited for, also by who was cancelled.
    private func pass(_ time: Duration) async {
        let promise = Promise<Bool>()
        scheduler.after(time) { promise.keep(true) }
        _ = await promise.waitAnyway()
    }
}
