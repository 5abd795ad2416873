package import SimWorld

/// All workloads, in the order in which `scripts/sim` goes through them.
package enum Workloads {
    package static let all: [any Workload.Type] = [RandomFiles.self]

    package static func named(_ name: String) -> (any Workload.Type)? { all.first { $0.name == name } }
}
