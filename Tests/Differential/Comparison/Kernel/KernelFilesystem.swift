import CKernel
import Glibc
import TestSupport

/// A fresh directory of the machine as a filesystem of its own, with a thread that acts in it as each caller.
package enum KernelFilesystem {
    /// What the kernel answers to the steps, one after the other.
    package static func outcomes(of steps: [Step]) async throws -> [Outcome] {
        let directory = TemporaryDirectory(inMemory: true)
        defer { withExtendedLifetime(directory) {} }
        let root = directory.path + "/root"
        let outcomes = await withCheckedContinuation { continuation in
            // A thread of its own, which ends with its root directory, its umask and its credentials.
            OwnThread.run { continuation.resume(returning: answer(steps, in: root)) }
        }
        return try outcomes.get()
    }

    private static func answer(_ steps: [Step], in root: String) -> Result<[Outcome], KernelUnusable> {
        let owner = Caller.ada
        guard mkdir(root, 0o755) == 0, chmod(root, 0o755) == 0, chown(root, owner.user, owner.group) == 0
        else { return .failure(KernelUnusable(call: "chown", error: errno)) }
        let error = ckernel_enter(root)
        guard error == 0 else { return .failure(KernelUnusable(call: "unshare or chroot", error: -error)) }
        do throws(KernelUnusable) {
            var outcomes: [Outcome] = []
            outcomes.reserveCapacity(steps.count)
            for step in steps { outcomes.append(try KernelCalls(caller: step.caller).outcome(of: step.call)) }
            return .success(outcomes)
        } catch {
            return .failure(error)
        }
    }
}

/// The machine does not let this process act as other users: it must be the superuser's.
struct KernelUnusable: Error, CustomStringConvertible {
    let call: String
    let error: Int32

    var description: String {
        "\(call) failed with error \(error): this test acts as several users, so it must be run as root"
    }
}

/// What the machine's administrator decided about links (proc_sys_fs(5)).
enum KernelSettings {
    /// Whether those who may not read and write a file are kept from giving it another name, as CallFS does.
    static var protectsHardLinks: Bool {
        let file = open("/proc/sys/fs/protected_hardlinks", O_RDONLY)
        defer { close(file) }
        var first: UInt8 = 0
        return Glibc.read(file, &first, 1) == 1 && first == UInt8(ascii: "1")
    }
}
