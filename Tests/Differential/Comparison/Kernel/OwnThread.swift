import Glibc

/// A thread for one piece of work that changes what a thread has: its root directory, its credentials.
enum OwnThread {
    private final class Work {
        let perform: @Sendable () -> Void

        init(_ perform: @escaping @Sendable () -> Void) { self.perform = perform }
    }

    static func run(_ perform: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let work = Unmanaged.passRetained(Work(perform))
        let error = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().perform()
                return nil
            }, work.toOpaque())
        precondition(error == 0, "no thread can be made: error \(error)")
        pthread_detach(thread)
    }
}
