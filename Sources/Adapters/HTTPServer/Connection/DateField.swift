private import CLinux
private import Domain

/// The value of the Date field, made once a second. Confined to one loop.
struct DateField {
    private var second: Int64 = .min
    private var bytes: [UInt8] = []

    mutating func current() -> [UInt8] {
        let now = WallTime(nanoseconds: callfs_wall_nanoseconds_coarse())
        if now.seconds != second {
            second = now.seconds
            bytes = Array(now.httpDate.utf8)
        }
        return bytes
    }
}
