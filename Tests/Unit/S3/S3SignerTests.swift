import Domain
import HostSystem
import Ports
import S3
import Testing

/// The examples that Amazon publishes: "Signature Calculations for the Authorization Header" and
/// "Authenticating Requests: Using Query Parameters", Amazon S3 API Reference.
@Suite("Signatures of requests to object stores")
struct S3SignerTests {
    /// 2013-05-24T00:00:00Z.
    private static let time = WallTime(nanoseconds: 1_369_353_600_000_000_000)
    private static let credentials = S3Credentials(
        accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    private static let signer = S3Signer(credentials, region: "us-east-1", hash: OpenSSLKeyedHash())

    private static func request(
        _ method: HTTPMethod, _ path: String, query: [S3Request.QueryItem] = [],
        fields: [(String, String)] = []
    ) throws -> S3Request {
        var all = HTTPFields()
        for (name, value) in fields { all.append(name, value) }
        let origin = try #require(HTTPOrigin(parsing: "https://examplebucket.s3.amazonaws.com"))
        return S3Request(method, origin, path, query: query, fields: all)
    }

    private static func authorization(
        _ request: S3Request, _ payload: S3Signer.Payload = .sha256(S3Signer.Payload.emptySHA256)
    ) throws -> String {
        try #require(signer.signed(request, payload, at: time).only("authorization"))
    }

    @Test("A read of a range is signed as published")
    func getObject() throws {
        let request = try Self.request(.get, "/test.txt", fields: [("range", "bytes=0-9")])
        #expect(
            try Self.authorization(request)
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                + "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
                + "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test("A write with a key that needs encoding is signed as published")
    func putObject() throws {
        let body = Array("Welcome to Amazon S3.".utf8)
        let digest = body.withUnsafeBytes { OpenSSLKeyedHash().sha256($0) }
        let request = try Self.request(
            .put, "/test$file.text",
            fields: [
                ("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ])
        #expect(request.target == "/test%24file.text")
        #expect(
            try Self.authorization(request, .sha256(digest)).hasSuffix(
                "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"
                    + "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"))
    }

    @Test("A query without a value is signed as published")
    func getLifecycle() throws {
        let request = try Self.request(.get, "/", query: [S3Request.QueryItem("lifecycle")])
        #expect(request.target == "/?lifecycle=")
        #expect(
            try Self.authorization(request).hasSuffix(
                "Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"))
    }

    @Test("A listing is signed as published, in whatever order its query was given")
    func listObjects() throws {
        let items = [S3Request.QueryItem("prefix", "J"), S3Request.QueryItem("max-keys", "2")]
        for query in [items, items.reversed()] {
            let request = try Self.request(.get, "/", query: query)
            #expect(request.target == "/?max-keys=2&prefix=J")
            #expect(
                try Self.authorization(request).hasSuffix(
                    "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"))
        }
    }

    @Test("A URL is presigned as published")
    func presigned() throws {
        let request = try Self.request(.get, "/test.txt")
        #expect(
            Self.signer.presigned(request, expiresIn: .seconds(86_400), at: Self.time)
                == "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    }

    @Test("Every part of a request changes its signature")
    func everyPart() throws {
        let base = try Self.request(
            .get, "/a/b", query: [S3Request.QueryItem("x", "1")], fields: [("r", "1")])
        var seen = Set([try Self.authorization(base)])
        let changes: [(inout S3Request) -> Void] = [
            { $0.method = .put },
            { $0.path = "/a//b" },
            { $0.path = "/a%2Fb" },
            { $0.query = [S3Request.QueryItem("x", "2")] },
            { $0.query = [S3Request.QueryItem("x", "1"), S3Request.QueryItem("x", "2")] },
            { $0.fields.append("r", "2") },
            { $0.fields.append("s", "1") },
        ]
        for change in changes {
            var changed = base
            change(&changed)
            #expect(seen.insert(try Self.authorization(changed)).inserted)
        }
        #expect(seen.insert(try Self.authorization(base, .unsigned)).inserted)
        var other = base
        other.origin = try #require(HTTPOrigin(parsing: "http://127.0.0.1:9000"))
        #expect(seen.insert(try Self.authorization(other)).inserted)
    }

    @Test("A session's token is sent and signed, and no secret is ever written")
    func sessionTokens() throws {
        let credentials = S3Credentials(accessKey: "ID", secretKey: "hidden", sessionToken: "token")
        let signer = S3Signer(credentials, region: "eu-west-1", hash: OpenSSLKeyedHash())
        let request = try Self.request(.get, "/f")
        let fields = signer.signed(request, .unsigned, at: Self.time)
        #expect(fields.only("x-amz-security-token") == "token")
        #expect(fields.only("x-amz-content-sha256") == "UNSIGNED-PAYLOAD")
        #expect(try #require(fields.only("authorization")).contains("x-amz-security-token"))
        let url = signer.presigned(request, expiresIn: .seconds(1), at: Self.time)
        #expect(url.contains("X-Amz-Security-Token=token"))
        #expect(!"\(credentials)".contains("hidden"))
        #expect(!String(reflecting: credentials).contains("hidden"))
    }
}
