import COpenSSL
import Ports
import TLS
import Testing

@Suite("A TLS connection")
struct TLSStreamTests {
    @Test("A handshake succeeds and bytes go both ways", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func echo(version: Int32) throws {
        let conversation = try TLSConversation(try makeContext().0, maximumVersion: version)
        #expect(conversation.shakeHands() == .done(0))
        #expect(SSL_version(conversation.client) == version)
        #expect(conversation.readAtServer().0 == .needsInput)
        #expect(conversation.sendFromClient(Array("ping".utf8)))
        #expect(conversation.readAtServer().1 == Array("ping".utf8))
        let answer = Array("pong".utf8)
        #expect(answer.withUnsafeBytes { conversation.server.encrypt($0, into: conversation.output) } == 4)
        conversation.send()
        #expect(conversation.receiveAtClient(upTo: 16) == answer)
    }

    @Test("A version before 1.2 is refused")
    func oldVersion() throws {
        let conversation = try TLSConversation(try makeContext().0, maximumVersion: TLS1_1_VERSION)
        guard case .failed(.protocolViolation) = conversation.shakeHands() else {
            Issue.record("TLS 1.1 was accepted")
            return
        }
    }

    @Test("What is not TLS is a violation, and an end without close_notify a truncation")
    func badEnds() throws {
        let garbage = try TLSConversation(try makeContext().0)
        garbage.sendRawFromClient(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        guard case .failed(.protocolViolation(let text)) = garbage.server.handshake(output: garbage.output)
        else {
            Issue.record("plain HTTP was accepted as TLS")
            return
        }
        #expect(!text.isEmpty)

        let cut = try TLSConversation(try makeContext().0)
        #expect(cut.shakeHands() == .done(0))
        cut.cutClient()
        #expect(cut.readAtServer().0 == .failed(.truncated))

        let polite = try TLSConversation(try makeContext().0)
        #expect(polite.shakeHands() == .done(0))
        polite.finishClient()
        #expect(polite.readAtServer().0 == .ended)
    }

    @Test("Many records are collected in one buffer, whole ones only, and none is lost when it is full")
    func batches() throws {
        let conversation = try TLSConversation(try makeContext().0)
        #expect(conversation.shakeHands() == .done(0))
        let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        var sent = 0
        var received: [UInt8] = []
        var rounds = 0
        while sent < body.count {
            let taken = body[sent...].withUnsafeBytes {
                conversation.server.encrypt($0, into: conversation.output)
            }
            sent += try #require(taken)
            rounds += 1
            while conversation.output.readableCount > 0 {
                conversation.send()
                var piece = conversation.receiveAtClient(upTo: 65_536)
                while !piece.isEmpty {
                    received += piece
                    piece = conversation.receiveAtClient(upTo: 65_536)
                }
            }
        }
        #expect(received == body)
        #expect(rounds == 2)
    }

    @Test("A buffer with no room for a record takes nothing")
    func noRoom() throws {
        let conversation = try TLSConversation(try makeContext().0)
        #expect(conversation.shakeHands() == .done(0))
        let small = ByteBuffer(capacity: 1024)
        let bytes = [UInt8](repeating: 1, count: 2000)
        #expect(bytes.withUnsafeBytes { conversation.server.encrypt($0, into: small) } == 0)
    }

    @Test("A key update that the client asks for is answered, and bytes go both ways with the new keys")
    func keyUpdate() throws {
        let conversation = try TLSConversation(try makeContext().0)
        #expect(conversation.shakeHands() == .done(0))
        for round in 0..<3 {
            #expect(SSL_key_update(conversation.client, SSL_KEY_UPDATE_REQUESTED) == 1)
            let question = Array("question \(round)".utf8)
            #expect(conversation.sendFromClient(question))
            #expect(conversation.readAtServer(output: conversation.output).1 == question)
            let answer = Array("answer \(round)".utf8)
            _ = answer.withUnsafeBytes { conversation.server.encrypt($0, into: conversation.output) }
            conversation.send()
            #expect(conversation.receiveAtClient(upTo: 64) == answer)
        }
    }

    @Test("ALPN chooses by the order of the server, refuses strangers and takes clients without it")
    func applicationProtocols() throws {
        let (context, _) = try makeContext(protocols: ["h2", "http/1.1"])
        let both = try TLSConversation(context, protocols: Array("\u{8}http/1.1\u{2}h2".utf8))
        #expect(both.shakeHands() == .done(0))
        #expect(both.server.negotiatedProtocol == "h2")
        let none = try TLSConversation(context)
        #expect(none.shakeHands() == .done(0))
        #expect(none.server.negotiatedProtocol == nil)
        let stranger = try TLSConversation(context, protocols: Array("\u{4}smtp".utf8))
        guard case .failed(.protocolViolation) = stranger.shakeHands() else {
            Issue.record("a protocol that is not served was accepted")
            return
        }
    }

    @Test("A client that kept its ticket resumes its session")
    func resumes() throws {
        let (context, _) = try makeContext()
        let first = try TLSConversation(context)
        #expect(first.shakeHands() == .done(0))
        _ = [UInt8(1)].withUnsafeBytes { first.server.encrypt($0, into: first.output) }
        first.send()
        _ = first.receiveAtClient(upTo: 1)
        let session = try #require(SSL_get1_session(first.client))
        defer { SSL_SESSION_free(session) }
        let second = try TLSConversation(context, session: session)
        #expect(second.shakeHands() == .done(0))
        #expect(SSL_session_reused(second.client) == 1)
    }

    @Test("A ticket under keys that were exchanged opens nothing, and its client shakes hands in full")
    func rotatedTickets() throws {
        let (context, _) = try makeContext()
        let first = try TLSConversation(context, maximumVersion: TLS1_2_VERSION)
        #expect(first.shakeHands() == .done(0))
        let session = try #require(SSL_get1_session(first.client))
        defer { SSL_SESSION_free(session) }
        try context.rotateTicketKeys()
        let second = try TLSConversation(context, maximumVersion: TLS1_2_VERSION, session: session)
        #expect(second.shakeHands() == .done(0))
        #expect(SSL_session_reused(second.client) == 0)
        let kept = try #require(SSL_get1_session(second.client))
        defer { SSL_SESSION_free(kept) }
        let third = try TLSConversation(context, maximumVersion: TLS1_2_VERSION, session: kept)
        #expect(third.shakeHands() == .done(0))
        #expect(SSL_session_reused(third.client) == 1)
    }

    @Test("A drained socket is known as such, one with more in it is not")
    func drained() throws {
        let conversation = try TLSConversation(try makeContext().0)
        #expect(conversation.shakeHands() == .done(0))
        #expect(conversation.sendFromClient([UInt8](repeating: 7, count: 100)))
        #expect(conversation.readAtServer(upTo: 60).1.count == 60)
        #expect(!conversation.server.isDrained)
        #expect(conversation.readAtServer(upTo: 60).1.count == 40)
        #expect(conversation.readAtServer().0 == .needsInput)
        #expect(conversation.server.isDrained)
    }

    @Test("A read from what an earlier receive left behind does not say that the socket is empty")
    func staleDrain() throws {
        let conversation = try TLSConversation(try makeContext().0)
        #expect(conversation.shakeHands() == .done(0))
        #expect(conversation.sendFromClient([UInt8](repeating: 1, count: 100)))
        #expect(conversation.readAtServer(upTo: 60).1.count == 60)
        // The socket was empty then; now it is not, and the next read need not notice.
        #expect(conversation.sendFromClient([UInt8](repeating: 2, count: 100)))
        #expect(conversation.readAtServer(upTo: 60).1 == [UInt8](repeating: 1, count: 40))
        #expect(!conversation.server.isDrained)
        #expect(conversation.readAtServer(upTo: 200).1 == [UInt8](repeating: 2, count: 100))
    }

    @Test("After a reload new connections get the new certificate and old ones go on")
    func reloads() throws {
        let (context, _) = try makeContext()
        let old = try TLSConversation(context)
        #expect(old.shakeHands() == .done(0))
        let next = try SelfSignedCertificate(names: [], now: someDay)
        try context.reload(PEMKeyPair(certificate: next.certificatePEM, key: next.keyPEM), now: someDay)
        let new = try TLSConversation(context)
        #expect(new.shakeHands() == .done(0))
        let shown = try #require(SSL_get1_peer_certificate(new.client))
        let expected = try #require(parseCertificate(next.certificatePEM))
        #expect(X509_cmp(shown, expected) == 0)
        X509_free(shown)
        X509_free(expected)
        #expect(old.sendFromClient([1, 2, 3]))
        #expect(old.readAtServer().1 == [1, 2, 3])
    }
}
