private import Glibc

/// What the kernel says of this process (proc(5)), as Prometheus' own clients report it. Reading it lists a
/// directory of the kernel's, so it is work for a thread that may block.
package struct ProcessFigures: Sendable {
    /// User and system time.
    package let cpuSeconds: Double
    package let residentBytes: UInt64
    package let virtualBytes: UInt64
    package let openDescriptors: Int
    /// Nil when there is no limit.
    package let descriptorsMax: UInt64?
    /// Seconds since 1970.
    package let startedAtSeconds: Double

    package static func read() -> ProcessFigures {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        var limit = rlimit()
        let isLimited =
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
            && limit.rlim_cur != rlim_t.max
        let memory = text("/proc/self/statm").split(separator: " ").map { UInt64($0) ?? 0 }
        let page = UInt64(sysconf(Int32(_SC_PAGESIZE)))
        return ProcessFigures(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            residentBytes: memory.count > 1 ? memory[1] * page : 0,
            virtualBytes: memory.first.map { $0 * page } ?? 0, openDescriptors: countDescriptors(),
            descriptorsMax: isLimited ? UInt64(limit.rlim_cur) : nil, startedAtSeconds: startedAt())
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }

    /// Without the one that the counting takes.
    private static func countDescriptors() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return max(0, count - 1)
    }

    /// The boot time and the ticks from it to the start, the 22nd field of /proc/self/stat; the name
    /// before it may hold blanks and ends with the last parenthesis.
    private static func startedAt() -> Double {
        let fields = text("/proc/self/stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 19, let ticks = Double(fields[19]) else { return 0 }
        let boot = text("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
        guard let bootSeconds = boot.flatMap({ Double($0.dropFirst(6)) }) else { return 0 }
        return bootSeconds + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
