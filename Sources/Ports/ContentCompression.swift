package import Domain

/// Packs bytes for the way to a client.
package protocol ContentCompression: Sendable {
    /// What can be had, in the order of preference.
    var codings: [ContentCoding] { get }

    /// A fresh encoder; nil when as many are in use as there is memory for: then the bytes go as they are.
    func encoder(_ coding: ContentCoding) -> (any ContentEncoder)?
}

/// Packs one body. Confined to one task at a time; what it holds goes with it.
package protocol ContentEncoder: AnyObject {
    /// Takes all of `input` and appends what is ready to `output`, which may be nothing. After `.finish`
    /// nothing more is given.
    func encode(_ input: UnsafeRawBufferPointer, _ step: EncodingStep, into output: inout [UInt8])
}

package enum EncodingStep: Sendable {
    /// More comes.
    case go
    /// More comes, but not at once: everything taken so far comes out.
    case flush
    /// That was all.
    case finish
}
