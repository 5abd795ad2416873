private import Glibc

/// Whether this process hashes the same in every run. Swift seeds its hashes anew for each process otherwise,
/// and the order of a dictionary would be one more thing that a seed does not decide.
package enum DeterministicHashing {
    package static let variable = "SWIFT_DETERMINISTIC_HASHING"

    package static var isOn: Bool { getenv(variable).map { String(cString: $0) == "1" } ?? false }
}
