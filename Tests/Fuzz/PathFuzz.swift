private import Domain

/// Feeds text to the path parsers and checks what every accepted path must be, by rules written a second
/// time.
@c(LLVMFuzzerTestOneInput)
package func fuzzPath(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    if let requested = try? RequestedPath(percentEncoded: text) {
        checkAccepted(requested.path)
        let encoded = PercentEncoding.encode(path: requested.path)
        let again = try? RequestedPath(percentEncoded: encoded)
        precondition(again?.path == requested.path, "encoding and parsing changed a path")
        precondition(!text.contains("\\") && !text.lowercased().contains("%2f"), "a separator in disguise")
        precondition(requested.hasTrailingSlash == (text.utf8.last == UInt8(ascii: "/")))
    }
    if let path = try? FilePath(parsing: text) {
        checkAccepted(path)
        precondition(
            (try? FilePath(parsing: path.description)) == path, "a path reads otherwise than it is written")
        for ancestor in sequence(first: path, next: \.parent) {
            precondition(path.isWithin(ancestor))
        }
    }
    return 0
}

private func checkAccepted(_ path: FilePath) {
    precondition(path.description.utf8.count <= 4096, "too long")
    for name in path.names {
        let bytes = Array(name.text.utf8)
        precondition((1...255).contains(bytes.count), "a name of \(bytes.count) bytes")
        precondition(bytes != [0x2E] && bytes != [0x2E, 0x2E], "a dot segment")
        precondition(
            bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != 0x2F && $0 != 0x5C }, "a forbidden byte")
        for scalar in name.text.unicodeScalars {
            let category = scalar.properties.generalCategory
            precondition(category != .control && category != .surrogate, "a control character")
            precondition(!scalar.properties.isBidiControl, "a bidirectional control")
        }
        precondition(String(validating: bytes, as: UTF8.self) != nil)
    }
}
