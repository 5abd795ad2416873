private import CRuntimeHooks
private import Glibc

/// Notices what leaves the executors of a simulation: a job that the runtime hands to the global or the main
/// executor while a scheduler runs on this thread (`Task {}`, `Task.detached`, `@MainActor`, a task group
/// without preference). Such a job is not run, and the run has failed.
///
/// It hangs in the hooks of the runtime (`swift_task_enqueueGlobal_hook`, see Concurrency.h of the Swift
/// runtime).
enum Tripwire {
    /// The scheduler that runs on the calling thread.
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        precondition(pthread_key_create(&key, nil) == 0)
        return key
    }()

    static func watching<Result>(_ scheduler: Scheduler, _ body: () -> Result) -> Result {
        pthread_setspecific(key, Unmanaged.passUnretained(scheduler).toOpaque())
        defer { pthread_setspecific(key, nil) }
        return body()
    }

    static func install() { precondition(isInstalled) }

    private typealias Original = @convention(c) (UnsafeRawPointer) -> Void
    private typealias Hook = @convention(c) (UnsafeRawPointer, Original) -> Void

    private static let isInstalled: Bool = {
        let hook: Hook = { job, original in
            if let scheduler = pthread_getspecific(Tripwire.key) {
                Unmanaged<Scheduler>.fromOpaque(scheduler).takeUnretainedValue().hasEscaped = true
            } else {
                original(job)
            }
        }
        callfs_set_enqueue_hooks(unsafeBitCast(hook, to: UnsafeRawPointer.self))
        return true
    }()
}
