package import Domain

/// Unpredictable bytes, from the kernel in production and from the seed in a simulation.
package protocol EntropySource: Sendable {
    /// 128 bits at once, the unit that identifiers are made of.
    func random128() -> (UInt64, UInt64)

    /// Fills `bytes`; suitable for keys.
    func fill(_ bytes: UnsafeMutableRawBufferPointer)
}

extension EntropySource {
    /// A fresh identifier that sorts by `time`.
    package func identifier(at time: WallTime) -> Identifier {
        let (high, low) = random128()
        return Identifier(time: time, randomHigh: high, randomLow: low)
    }
}
