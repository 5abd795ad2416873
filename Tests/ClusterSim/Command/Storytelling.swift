import Glibc
import SimStories

/// Tells the stories, each in a process of its own, and says which did not go as told: for builds whose
/// sources are not what they should be.
struct Storytelling {
    let invocation: Invocation

    func perform() -> Int32 {
        var failures = 0
        var told: UInt64 = 0
        for (index, tale) in Stories.all.enumerated()
        where UInt64(index) % invocation.shard.count == invocation.shard.index {
            told += 1
            let result = Batch.result {
                let wrong = tale.perform()
                for sentence in wrong.prefix(3) { print("  \(sentence)") }
                return wrong.isEmpty ? 0 : 1
            }
            guard result != 0 else { continue }
            failures += 1
            print("FAILED story: \(tale.sentence)\(result == nil ? " (its process died)" : "")")
        }
        print("total stories=\(told) failures=\(failures)")
        fflush(nil)
        return failures == 0 ? 0 : 1
    }
}
