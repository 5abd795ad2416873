import SimCheckers
package import SimCore

/// What clients do in a run and what must hold afterwards. Readable in a minute, one a file.
///
/// `setUp` and `check` run in fair weather; `work` runs while things go wrong, and returns when its clients
/// are done.
package protocol Workload: AnyObject, Sendable {
    /// As `--workload` names it.
    static var name: String { get }

    /// Changes what a run is like, where the workload is about something that most runs do not have.
    static func adapt(_ options: inout WorldOptions, _ swarm: Swarm)

    init(_ world: World)

    func setUp() async
    func work() async
    /// A sentence for each thing that is wrong.
    func check() async -> [String]
}

extension Workload {
    package static func adapt(_ options: inout WorldOptions, _ swarm: Swarm) {}
    package func setUp() async {}
}
