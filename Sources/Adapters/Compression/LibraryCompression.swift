package import Domain
package import Ports
private import Synchronization

/// gzip by zlib and Zstandard by its own library: quick settings, small windows, and a bound on how many
/// bodies are packed at a time.
package final class LibraryCompression: ContentCompression {
    package enum Bounds {
        /// Bodies packed at a time. With less than a mebibyte for each, 64 MiB.
        package static let encodersMax = 64
    }

    private let room: EncoderRoom

    package init(encodersMax: Int = Bounds.encodersMax) { room = EncoderRoom(encodersMax) }

    /// Zstandard first: smaller and quicker.
    package let codings: [ContentCoding] = [.zstd, .gzip]

    package func encoder(_ coding: ContentCoding) -> (any ContentEncoder)? {
        guard let place = room.take() else { return nil }
        switch coding {
        case .gzip: return GzipEncoder(place)
        case .zstd: return ZstdEncoder(place)
        }
    }
}

/// How many encoders there may be.
final class EncoderRoom: Sendable {
    private let free: Atomic<Int>

    init(_ count: Int) { free = Atomic(count) }

    /// A place, given back when it is released; nil when there is none.
    func take() -> Place? {
        guard free.wrappingSubtract(1, ordering: .relaxed).oldValue > 0 else {
            free.wrappingAdd(1, ordering: .relaxed)
            return nil
        }
        return Place(self)
    }

    final class Place {
        private let room: EncoderRoom

        fileprivate init(_ room: EncoderRoom) { self.room = room }

        deinit { room.free.wrappingAdd(1, ordering: .relaxed) }
    }
}
