import Glibc
import SimCore
import SimWorkloads

/// The simulator as a program: see `scripts/sim --help`.
@main
enum Main {
    static func main() {
        // Hashes are seeded when a process begins: it begins again with the seed fixed.
        if !DeterministicHashing.isOn {
            setenv(DeterministicHashing.variable, "1", 1)
            var arguments = CommandLine.arguments.map { strdup($0) }
            arguments.append(nil)
            execv("/proc/self/exe", arguments)
            fail("cannot start again with \(DeterministicHashing.variable)=1")
        }
        let invocation: Invocation
        do { invocation = try Invocation(Array(CommandLine.arguments.dropFirst())) } catch {
            fail(error.message)
        }
        if invocation.tellsStories { exit(Storytelling(invocation: invocation).perform()) }
        exit(invocation.isVerbose ? Replay(invocation).perform() : Campaign(invocation).perform())
    }

    static func fail(_ message: String, status: Int32 = 2) -> Never {
        let text = Array("callfs-sim: \(message)\n".utf8)
        _ = write(STDERR_FILENO, text, text.count)
        exit(status)
    }
}
