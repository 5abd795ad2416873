import Ports

/// What the parser refuses, each with its status and the sentence for the client.
extension HTTPRefusal {
    static func malformed(_ reason: String) -> HTTPRefusal { HTTPRefusal(status: 400, reason: reason) }

    static let bareCarriageReturn = malformed("A carriage return is not followed by a line feed.")
    static let bareLineFeed = malformed("A line ends without a carriage return.")
    static let badRequestLine = malformed("The request line is not a method, a target and a version.")
    static let badMethod = malformed("The method is not a token.")
    static let badTarget = malformed("The request target holds a byte that must be percent-encoded.")
    static let badTargetForm = malformed("The request target has a form that this method does not allow.")
    static let badVersion = malformed("The version of HTTP is not written as it must be.")
    static let badFieldName = malformed("A field has an invalid name.")
    static let badFieldValue = malformed("A field has an invalid value.")
    static let foldedField = malformed("A line of the head starts with white space.")
    static let missingHost = malformed("The Host field is missing.")
    static let severalHosts = malformed("There is more than one Host field.")
    static let badHost = malformed("The Host field is invalid.")
    static let badContentLength = malformed("The Content-Length field is not one number.")
    static let severalContentLengths = malformed("There is more than one Content-Length field.")
    static let lengthAndEncoding = malformed("Content-Length and Transfer-Encoding exclude each other.")
    static let badTransferEncoding = malformed("Transfer-Encoding is not exactly one chunked coding.")
    static let encodingBefore11 = malformed("HTTP/1.0 has no Transfer-Encoding.")
    static let badChunk = malformed("A chunk of the body is malformed.")
    static let trailersTooLong = malformed("The fields after the body are too long.")
    static let badTrailer = malformed("A field after the body is malformed.")

    static let bodyTooLarge = HTTPRefusal(status: 413, reason: "The body is larger than any file can be.")
    static let requestLineTooLong = HTTPRefusal(status: 414, reason: "The request target is too long.")
    static let unknownExpectation = HTTPRefusal(status: 417, reason: "The expectation is not 100-continue.")
    static let fieldTooLong = HTTPRefusal(status: 431, reason: "A header field is too long.")
    static let headTooLong = HTTPRefusal(status: 431, reason: "The header fields are too long.")
    static let tooManyFields = HTTPRefusal(status: 431, reason: "There are too many header fields.")
    static let unknownMethod = HTTPRefusal(status: 501, reason: "The method is not implemented.")
    static let unknownCoding = HTTPRefusal(status: 501, reason: "The transfer coding is not implemented.")
    static let unknownVersion = HTTPRefusal(
        status: 505, reason: "The version of HTTP is not supported: use HTTP/1.1 or HTTP/1.0.")
}
