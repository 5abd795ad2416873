import Testing

@Suite("Explanations of access over the API")
struct AccessExplanationTests {
    let client = TestClient()

    private func explain(
        _ path: String, _ right: String, key: String = TestClient.key, user: String? = nil
    ) async throws -> String {
        let user = user.map { "&user=" + $0 } ?? ""
        let answer = try await client.send(
            "GET", "/v1/files\(path)?access=explain&right=\(right)\(user)", key: key)
        return answer.status == 200 ? answer.text : "\(answer.status) \(answer.text)"
    }

    private func make(_ path: String, mode: String) async throws {
        let isDirectory = path.hasSuffix("/")
        let answer = try await client.send(isDirectory ? "POST" : "PUT", "/v1/files" + path)
        #expect(answer.status == 201)
        let changed = try await client.send(
            "PATCH", "/v1/files" + path, fields: ["content-type": "application/json"],
            body: #"{"mode":"\#(mode)"}"#)
        #expect(changed.status == 200)
    }

    @Test("The bits of one class decide, and are told")
    func bits() async throws {
        try await make("/f", mode: "0640")
        #expect(
            try await explain("/f", "read")
                == #"{"path":"/f","user":"ada","right":"read","allowed":true,"decided_by":"#
                + #"{"path":"/f","right":"read","class":"owner","mode":"0640","rule":"bits"}}"#)
        let other = try await explain("/f", "read", key: TestClient.otherKey)
        #expect(other.contains(#""allowed":false"#))
        #expect(other.contains(#""class":"other","mode":"0640","rule":"bits""#))
        let removal = try await explain("/f", "remove", key: TestClient.otherKey)
        #expect(removal.contains(#""decided_by":{"path":"/","right":"write","class":"other","mode":"0755""#))
    }

    @Test("Whoever may not search a directory hears of that directory, whatever is behind it")
    func closedDoors() async throws {
        try await make("/d/", mode: "0777")
        try await make("/d/e/", mode: "0700")
        try await make("/d/e/f", mode: "0666")
        let door =
            #""decided_by":{"path":"/d/e","right":"search","class":"other","mode":"0700","rule":"bits"}"#
        for path in ["/d/e/f", "/d/e/none", "/d/e/f/g", "/d/e/f/"] {
            for right in ["read", "write", "remove"] {
                let answer = try await explain(path, right, key: TestClient.otherKey)
                #expect(answer.contains(#""allowed":false"#))
                #expect(answer.contains(door))
            }
        }
        let denied = try await client.send("GET", "/v1/files/d/e/f", key: TestClient.otherKey)
        #expect(denied.status == 403)
        #expect(denied.text.contains(door), "a refusal says the same")
    }

    @Test("What is missing, not a directory or the root is said so")
    func otherRules() async throws {
        try await make("/f", mode: "0644")
        let missing = try await explain("/none/below", "read")
        #expect(missing.contains(#""allowed":false,"decided_by":{"path":"/none","rule":"missing"}"#))
        for path in ["/f/g", "/f/"] {
            let file = try await explain(path, "read")
            #expect(file.contains(#""decided_by":{"path":"/f","rule":"not_a_directory"}"#))
        }
        let root = try await explain("/", "remove")
        #expect(root.contains(#""allowed":false,"decided_by":{"path":"/","rule":"root"}"#))
    }

    @Test("The sticky bit and the superuser are rules of their own")
    func stickyAndSuperuser() async throws {
        try await make("/tmp/", mode: "1777")
        try await make("/tmp/f", mode: "0600")
        let kept = try await explain("/tmp/f", "remove", key: TestClient.otherKey)
        #expect(kept.contains(#""class":"other","mode":"1777","rule":"sticky""#))
        let passes = try await explain("/tmp/f", "read", key: TestClient.superuserKey)
        #expect(passes.contains(#""allowed":true"#))
        #expect(passes.contains(#""rule":"superuser""#))
    }

    @Test("Only the superuser asks about another user, and nobody else learns who there is")
    func users() async throws {
        try await make("/f", mode: "0600")
        let bob = try await explain("/f", "read", key: TestClient.superuserKey, user: "bob")
        #expect(bob.contains(#""user":"bob","right":"read","allowed":false"#))
        #expect(try await explain("/f", "read", user: "ada").contains(#""allowed":true"#))
        let known = try await explain("/f", "read", user: "bob")
        let unknown = try await explain("/f", "read", user: "nobody")
        #expect(known.hasPrefix("403 ") && unknown.hasPrefix("403 "))
        #expect(
            try await explain("/f", "read", key: TestClient.superuserKey, user: "nobody").hasPrefix("400 "))
    }

    @Test(
        "What is not asked right is refused",
        arguments: [
            "access=explain", "access=explain&right=", "access=explain&right=execute",
            "access=other&right=read",
            "right=read", "access=explain&right=read&limit=1", "access=explain&right=read&right=read",
        ])
    func badQuestions(query: String) async throws {
        #expect(try await client.send("GET", "/v1/files/?" + query).status == 400)
    }
}
