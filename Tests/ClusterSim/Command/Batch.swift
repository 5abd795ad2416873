import CRuntimeHooks
import Glibc

/// Runs a part of the work in a process of its own, which gives its memory back when it ends: the tasks of a
/// crashed node never go on, and so never let go of what they hold.
enum Batch {
    /// What `body` returned, from 0 to 100; the program ends when the other process died.
    static func run(_ body: () -> Int) -> Int {
        let (result, signal) = ending(body)
        if signal != 0 { Main.fail("a process died of signal \(signal)", status: 3) }
        return result
    }

    /// What `body` returned; nil when the other process died.
    static func result(_ body: () -> Int) -> Int? {
        let (result, signal) = ending(body)
        return signal == 0 ? result : nil
    }

    private static func ending(_ body: () -> Int) -> (result: Int, signal: Int32) {
        // What waits to be written would be written by both.
        fflush(nil)
        let process = callfs_fork()
        guard process >= 0 else { Main.fail("no process can be made: error \(errno)") }
        if process == 0 {
            let result = body()
            fflush(nil)
            _exit(Int32(min(result, 100)))
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return (Int(status >> 8 & 0xFF), status & 0x7F)
    }
}
