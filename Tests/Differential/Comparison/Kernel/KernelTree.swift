import Glibc

/// Everything below the root directory of the calling thread.
enum KernelTree {
    /// A line for each name, with what it leads to: attributes, content or target, and how many names a file
    /// has.
    static func lines() -> [String] {
        var lines: [String] = []
        walk("/", into: &lines)
        return lines.sorted()
    }

    private static func walk(_ path: String, into lines: inout [String]) {
        var found = Glibc.stat()
        guard lstat(path, &found) == 0 else { return }
        let shown = Shown(found)
        switch shown.kind {
        case .directory:
            lines.append(path + " " + shown.line)
            guard let stream = opendir(path) else { return }
            let names = names(in: stream)
            closedir(stream)
            for name in names { walk(path == "/" ? "/" + name : path + "/" + name, into: &lines) }
        case .file:
            let file = open(path, O_RDONLY)
            let bytes = content(of: file, size: shown.size)
            close(file)
            lines.append("\(path) \(shown.line) \(digest(bytes))")
        case .symlink:
            var buffer = [CChar](repeating: 0, count: 4096)
            let count = readlink(path, &buffer, buffer.count)
            let target = String(
                decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            lines.append("\(path) \(shown.line) -> \(target)")
        }
    }

    static func names(in stream: OpaquePointer) -> [String] {
        var names: [String] = []
        while let entry = readdir(stream) {
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
            let text = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            let name = String(cString: text)
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    static func content(of file: Int32, size: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
        return count == size ? bytes : []
    }

    /// Enough to tell contents apart that a generator drew.
    static func digest(_ bytes: [UInt8]) -> String {
        "\(bytes.count) bytes from \(bytes.first.map { "\($0)" } ?? "none")"
    }
}
