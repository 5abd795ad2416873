/// One call by one caller: the same for CallFS and for the kernel.
package struct Step: Sendable, Equatable {
    let caller: Caller
    package let call: Call

    package init(caller: Caller, call: Call) {
        self.caller = caller
        self.call = call
    }
}

/// What can be asked of both filesystems. Paths are absolute; where a trailing slash means something, they
/// may have one.
package enum Call: Sendable, Equatable {
    case makeDirectory(String, mode: UInt16?, toleratesExisting: Bool)
    case create(String, mode: UInt16?, Bytes)
    case write(String, mode: UInt16?, Bytes)
    case makeSymlink(String, target: String)
    case makeLink(String, target: String)
    /// Reads a file, or lists a directory with what its entries are like.
    case read(String)
    /// Asks what is there without reading it; with `following: false`, of a symbolic link itself.
    case inspect(String, following: Bool)
    case rename(String, to: String, overwrite: Bool, makesParents: Bool)
    case change(String, Attributes)
    case remove(String)
    /// Everything there is, as the superuser sees it.
    case compareTrees

    /// The content of a file: so many bytes of a kind.
    package struct Bytes: Sendable, Equatable {
        let count: Int
        let seed: UInt8

        var all: [UInt8] { (0..<count).map { seed &+ UInt8(truncatingIfNeeded: $0) } }
    }

    /// What changes of an inode; nil leaves it.
    package struct Attributes: Sendable, Equatable {
        var mode: UInt16?
        var user: UInt32?
        var group: UInt32?
        /// Whole seconds since 1970.
        var modifiedAt: Int?
    }

    /// The path that the call is about, in the sense of its answer.
    var path: String {
        switch self {
        case .makeDirectory(let path, _, _), .create(let path, _, _), .write(let path, _, _),
            .makeSymlink(let path, _), .makeLink(let path, _), .read(let path), .inspect(let path, _),
            .rename(_, let path, _, _), .change(let path, _), .remove(let path):
            path
        case .compareTrees: "/"
        }
    }
}

extension Step: CustomStringConvertible {
    /// A line of a script.
    package var description: String {
        "\(caller.name): " + call.description
    }
}

extension Call: CustomStringConvertible {
    package var description: String {
        switch self {
        case .makeDirectory(let path, let mode, let tolerates):
            "mkdir\(tolerates ? " -p" : "") \(path)\(Self.text(mode))"
        case .create(let path, let mode, let bytes):
            "create \(path)\(Self.text(mode)) (\(bytes.count) bytes)"
        case .write(let path, let mode, let bytes): "write \(path)\(Self.text(mode)) (\(bytes.count) bytes)"
        case .makeSymlink(let path, let target): "symlink '\(target)' \(path)"
        case .makeLink(let path, let target): "link \(target) \(path)"
        case .read(let path): "read \(path)"
        case .inspect(let path, let following): "\(following ? "stat" : "lstat") \(path)"
        case .rename(let from, let to, let overwrite, let makesParents):
            "rename \(from) \(to)\(overwrite ? "" : " NOREPLACE")\(makesParents ? " making parents" : "")"
        case .change(let path, let attributes):
            "change \(path)" + (attributes.user.map { " uid \($0)" } ?? "")
                + (attributes.group.map { " gid \($0)" } ?? "") + Self.text(attributes.mode)
                + (attributes.modifiedAt.map { " mtime \($0)" } ?? "")
        case .remove(let path): "remove \(path)"
        case .compareTrees: "compare the trees"
        }
    }

    private static func text(_ mode: UInt16?) -> String {
        mode.map { " mode 0" + String($0, radix: 8) } ?? ""
    }
}
