import YAML

/// Loads a configuration from a file and an environment that the input holds: either settings come out or
/// problems with sentences, the same each time, and never a trap.
///
/// The first byte chooses YAML or JSON; a byte 0xFF ends the file, and after it each ends a variable.
@c(LLVMFuzzerTestOneInput)
package func fuzzConfiguration(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    guard let kind = input.first else { return 0 }
    let parts = input.dropFirst().split(separator: 0xFF, omittingEmptySubsequences: false)
    let file = Array(parts[0])
    var environment: [String: String] = [:]
    for part in parts.dropFirst() {
        let pair = String(decoding: part, as: UTF8.self).split(separator: "=", maxSplits: 1)
        if pair.count == 2 { environment[String(pair[0])] = String(pair[1]) }
    }
    let request = ConfigurationRequest(file: kind & 1 == 0 ? "fuzz.yaml" : "fuzz.json")
    let host = ConfigurationHost(
        environment: environment, readFile: { $0.hasPrefix("fuzz.") ? .success(file) : .failure(.notFound) },
        isUsableDirectory: { _ in true }, certificateFault: { _, _ in nil }, isTerminal: false, sha256: fold)
    precondition(outcome(request, host) == outcome(request, host), "loaded twice, and not the same")
    return 0
}

private func outcome(_ request: ConfigurationRequest, _ host: ConfigurationHost) -> [String] {
    do throws(ConfigurationError) {
        let loaded = try ConfigurationLoader.load(request, host)
        precondition(!loaded.effective.isEmpty, "settings without an explanation")
        return loaded.effective.map { "\($0)" } + loaded.notices + ["\(loaded.settings)"]
    } catch {
        precondition(!error.problems.isEmpty, "refused without a problem")
        for problem in error.problems {
            precondition(!problem.message.isEmpty, "a problem without a sentence")
            precondition(
                !problem.message.utf8.contains { $0 < 0x20 && $0 != 0x0A }, "a raw control byte in a sentence"
            )
        }
        return error.problems.map { "\($0)" }
    }
}

/// Stands for SHA-256: 32 bytes that depend on all of the input.
private func fold(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: UInt8(truncatingIfNeeded: bytes.count), count: 32)
    for (position, byte) in bytes.enumerated() {
        digest[position % 32] = (digest[position % 32] &* 31) ^ byte
    }
    return digest
}
