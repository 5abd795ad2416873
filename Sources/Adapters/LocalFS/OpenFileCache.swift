import Domain
import Ports
import Synchronization

/// Open files of objects that are read again and again. Contents never change, so a descriptor stays right as
/// long as its object exists. What is dropped while a stream reads it is closed by the stream's end.
///
/// Replaced by the clock algorithm (Corbató, 1968): nearly as good as least recently used, and a hit moves
/// nothing.
final class OpenFileCache: Sendable {
    private struct Slot {
        var id: LocationID
        var file: any DiskFile
        var wasUsed: Bool
    }

    private struct State {
        var places: [LocationID: Int] = [:]
        var slots: [Slot] = []
        var hand = 0
        var epoch: UInt64 = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
    }

    /// The open file; else the epoch, to be given to `insert` with the file that is opened now.
    func find(_ id: LocationID) -> (file: (any DiskFile)?, epoch: UInt64) {
        state.withLock { state in
            guard let place = state.places[id] else { return (nil, state.epoch) }
            state.slots[place].wasUsed = true
            return (state.slots[place].file, state.epoch)
        }
    }

    /// Keeps a file, unless anything was removed since the epoch: it may have been this one, and an object
    /// that is removed but open takes room for as long as it is kept.
    func insert(_ id: LocationID, _ file: any DiskFile, openedIn epoch: UInt64) {
        // Dropped outside the lock, because the last reference closes the file.
        let dropped: (any DiskFile)? = state.withLock { state in
            guard state.epoch == epoch, state.places[id] == nil else { return nil }
            let slot = Slot(id: id, file: file, wasUsed: false)
            guard state.slots.count == capacity else {
                state.places[id] = state.slots.count
                state.slots.append(slot)
                return nil
            }
            while state.slots[state.hand].wasUsed {
                state.slots[state.hand].wasUsed = false
                state.hand = (state.hand + 1) % capacity
            }
            let dropped = state.slots[state.hand]
            state.places[dropped.id] = nil
            state.places[id] = state.hand
            state.slots[state.hand] = slot
            state.hand = (state.hand + 1) % capacity
            return dropped.file
        }
        withExtendedLifetime(dropped) {}
    }

    /// To be called after an object was removed from the disk.
    func remove(_ id: LocationID) {
        let dropped: (any DiskFile)? = state.withLock { state in
            state.epoch += 1
            guard let place = state.places.removeValue(forKey: id) else { return nil }
            let dropped = state.slots[place].file
            let last = state.slots.removeLast()
            if place < state.slots.count {
                state.slots[place] = last
                state.places[last.id] = place
            }
            if state.hand >= state.slots.count { state.hand = 0 }
            return dropped
        }
        withExtendedLifetime(dropped) {}
    }

    var count: Int { state.withLock { $0.slots.count } }
}
