import SimCheckers

/// The operation that a task of a node works for, which the services note beside what they did: so that the
/// history knows the order of the store. Nothing of a node sees it.
enum CurrentOperation {
    @TaskLocal static var id: OperationID?
}
