package import SimWorld

/// All workloads, in the order in which `scripts/sim` goes through them.
package enum Workloads {
    package static let all: [any Workload.Type] = [
        RandomFiles.self, ContendedRegisters.self, RenamedTrees.self, SharedContents.self,
        ListedDirectory.self, DownloadLinks.self, OncePerKey.self, ChangedPermissions.self, HardLinks.self,
        SymbolicLinks.self, LargeBodies.self, Ring.self, LabelledFiles.self,
        LastingFiles.self, RememberedPaths.self,
    ]

    package static func named(_ name: String) -> (any Workload.Type)? { all.first { $0.name == name } }
}
