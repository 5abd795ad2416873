package import Domain
package import Ports

/// Signs requests to object stores: AWS Signature Version 4, as S3 has it ("Authenticating Requests", Amazon
/// S3 API Reference), in a header field or in a URL that somebody else will use.
package struct S3Signer: Sendable {
    /// What is said of a body in its request's signature.
    package enum Payload: Sendable {
        /// Its SHA-256.
        case sha256([UInt8])
        /// Nothing: it streams, and TLS keeps it whole.
        case unsigned

        package static let emptySHA256: [UInt8] = [
            0xE3, 0xB0, 0xC4, 0x42, 0x98, 0xFC, 0x1C, 0x14, 0x9A, 0xFB, 0xF4, 0xC8, 0x99, 0x6F, 0xB9, 0x24,
            0x27, 0xAE, 0x41, 0xE4, 0x64, 0x9B, 0x93, 0x4C, 0xA4, 0x95, 0x99, 0x1B, 0x78, 0x52, 0xB8, 0x55,
        ]

        fileprivate var text: String {
            switch self {
            case .sha256(let digest): hexadecimal(digest)
            case .unsigned: "UNSIGNED-PAYLOAD"
            }
        }
    }

    /// The longest time that a presigned URL may be good for.
    package static let expiryMax: Duration = .seconds(7 * 24 * 60 * 60)

    private let credentials: S3Credentials
    private let region: String
    private let hash: any KeyedHash

    package init(_ credentials: S3Credentials, region: String, hash: any KeyedHash) {
        self.credentials = credentials
        self.region = region
        self.hash = hash
    }

    /// The fields of the request with those that sign it. All that it has are signed, `host` included.
    package func signed(_ request: S3Request, _ payload: Payload, at time: WallTime) -> HTTPFields {
        let stamp = Stamp(time)
        var fields = request.fields
        fields.append("x-amz-content-sha256", payload.text)
        fields.append("x-amz-date", stamp.dateTime)
        if let token = credentials.sessionToken { fields.append("x-amz-security-token", token) }
        let canonical = CanonicalRequest(request, fields, payload: payload.text)
        let signature = signature(of: canonical, stamp)
        fields.append(
            "authorization",
            "\(Self.algorithm) Credential=\(credentials.accessKey)/\(scope(stamp)),"
                + "SignedHeaders=\(canonical.signedFields),Signature=\(signature)")
        return fields
    }

    /// A URL by which anybody may make this request until it expires. Whole seconds; the request has no
    /// fields, for nobody could be made to send them.
    package func presigned(_ request: S3Request, expiresIn expiry: Duration, at time: WallTime) -> String {
        precondition(expiry >= .seconds(1) && expiry <= Self.expiryMax)
        precondition(request.fields.all.isEmpty)
        let stamp = Stamp(time)
        var request = request
        request.query += [
            S3Request.QueryItem("X-Amz-Algorithm", Self.algorithm),
            S3Request.QueryItem("X-Amz-Credential", "\(credentials.accessKey)/\(scope(stamp))"),
            S3Request.QueryItem("X-Amz-Date", stamp.dateTime),
            S3Request.QueryItem("X-Amz-Expires", String(expiry.components.seconds)),
            S3Request.QueryItem("X-Amz-SignedHeaders", "host"),
        ]
        if let token = credentials.sessionToken {
            request.query.append(S3Request.QueryItem("X-Amz-Security-Token", token))
        }
        let canonical = CanonicalRequest(request, HTTPFields(), payload: Payload.unsigned.text)
        let scheme = request.origin.isSecure ? "https" : "http"
        return "\(scheme)://\(request.origin.authority)\(request.target)&X-Amz-Signature="
            + signature(of: canonical, stamp)
    }

    // MARK: -

    private static let algorithm = "AWS4-HMAC-SHA256"

    private func scope(_ stamp: Stamp) -> String { "\(stamp.date)/\(region)/s3/aws4_request" }

    private func signature(of canonical: CanonicalRequest, _ stamp: Stamp) -> String {
        let digest = Array(canonical.text.utf8).withUnsafeBytes { hash.sha256($0) }
        let text = "\(Self.algorithm)\n\(stamp.dateTime)\n\(scope(stamp))\n\(hexadecimal(digest))"
        var key = Array("AWS4\(credentials.secretKey)".utf8)
        for part in [stamp.date, region, "s3", "aws4_request"] { key = code(key, part) }
        return hexadecimal(code(key, text))
    }

    private func code(_ key: [UInt8], _ text: String) -> [UInt8] {
        Array(text.utf8).withUnsafeBytes { hash.hmacSHA256(key: key, $0) }
    }
}

/// The time of a request as signatures write it: `20130524T000000Z`.
private struct Stamp {
    let dateTime: String
    var date: String { String(dateTime.prefix(8)) }

    init(_ time: WallTime) {
        dateTime = time.timestamp(fractionDigits: 0).filter { $0 != "-" && $0 != ":" }
    }
}

/// The form of a request that is signed: the same however it was written.
private struct CanonicalRequest {
    let text: String
    let signedFields: String

    init(_ request: S3Request, _ fields: HTTPFields, payload: String) {
        var named: [(name: String, value: String)] = [("host", request.origin.authority)]
        for name in Set(fields.all.map(\.name)) {
            let values = fields.all.filter { $0.name == name }.map { Self.trimmed($0.value) }
            named.append((name, values.joined(separator: ",")))
        }
        named.sort { $0.name < $1.name }
        signedFields = named.map(\.name).joined(separator: ";")
        let lines = named.map { "\($0.name):\($0.value)\n" }.joined()
        text = [
            request.method.token, request.canonicalPath, request.canonicalQuery, lines, signedFields, payload,
        ].joined(separator: "\n")
    }

    /// Without spaces at the ends, and with one where several were.
    private static func trimmed(_ value: String) -> String {
        value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
    }
}

private func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
        decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }, as: UTF8.self)
}
