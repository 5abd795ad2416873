/// One call of a `MemoryDisk`, as its fault sees it.
package struct MemoryDiskOperation: Sendable, Equatable {
    package enum Verb: Sendable, Equatable {
        case open, create, makeDirectory, rename, remove, names, syncDirectory, lock, size, space
        case read, write, preallocate, syncFile, setAttribute
    }

    /// Counts the calls of the disk, from 0.
    package let number: Int
    package let verb: Verb
    /// The path that it was called with; of a file's calls the path it was opened by; of a rename the source.
    package let path: String

    package init(number: Int, verb: Verb, path: String) {
        self.number = number
        self.verb = verb
        self.path = path
    }
}
