import CLinux
import Glibc
import HTTPServer

/// A client that sends what it is told and reads answers, on a blocking socket that gives up after ten
/// seconds.
final class RawClient {
    struct Answer: Equatable {
        var status: Int
        var fields: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let descriptor: Int32
    private var received: [UInt8] = []

    init(port: UInt16) throws {
        var address = callfs_address()
        _ = callfs_resolve("127.0.0.1", port, &address, 1)
        descriptor = callfs_connect(&address)
        guard descriptor >= 0 else { throw LiveError.cannotConnect }
        setTimeout(milliseconds: 10_000)
    }

    deinit { close(descriptor) }

    func setTimeout(milliseconds: Int) {
        var limit = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    /// Makes the kernel hold little of what comes, so that a test of back-pressure is quick.
    func shrinkReceiveBuffer() {
        var size: Int32 = 4096
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    // MARK: Sending

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var position = 0
        while position < bytes.count {
            let sent = bytes[position...].withUnsafeBytes {
                callfs_send(descriptor, $0.baseAddress, $0.count)
            }
            guard sent > 0 else { throw LiveError.connectionReset }
            position += sent
        }
    }

    /// Sends until nothing more is taken for `milliseconds`, and says how much was.
    func sendUntilStuck(milliseconds: Int, atMost limit: Int) -> Int {
        setTimeout(milliseconds: milliseconds)
        let bytes = [UInt8](repeating: 97, count: 65_536)
        var total = 0
        while total < limit {
            let sent = callfs_send(descriptor, bytes, bytes.count)
            guard sent > 0 else { break }
            total += sent
        }
        setTimeout(milliseconds: 10_000)
        return total
    }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    // MARK: Receiving

    /// The next bytes; empty at the end. A reset is an error.
    func receive(atMost count: Int = 65_536) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = callfs_receive(descriptor, &bytes, count)
        if got == -Int(ECONNRESET) { throw LiveError.connectionReset }
        if got == -Int(EAGAIN) { throw LiveError.tookTooLong("receiving") }
        return Array(bytes.prefix(max(0, got)))
    }

    /// Whether the server has closed the connection in good order and nothing was left to read.
    func isAtEnd() throws -> Bool { try received.isEmpty && receive().isEmpty }

    /// Reads one answer; the body is the one that its head announces.
    func answer(toHead isHead: Bool = false) throws -> Answer {
        var answer = try head()
        let status = answer.status
        if isHead || status < 200 || status == 204 || status == 304 { return answer }
        if let length = answer.fields["content-length"].flatMap(Int.init) {
            answer.body = try take(length)
        } else if answer.fields["transfer-encoding"] == "chunked" {
            answer.body = try chunks()
        } else {
            while true {
                let more = try receive()
                if more.isEmpty { break }
                received += more
            }
            answer.body = received
            received = []
        }
        return answer
    }

    private func head() throws -> Answer {
        let parts = try line().split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0] == "HTTP/1.1", let status = Int(parts[1]) else {
            throw LiveError.notAnAnswer(parts.joined(separator: " "))
        }
        var fields: [String: String] = [:]
        while true {
            let line = try line()
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":") else { throw LiveError.notAnAnswer(line) }
            fields[String(line[..<colon])] = String(line[line.index(colon, offsetBy: 2)...])
        }
        return Answer(status: status, fields: fields, body: [])
    }

    private func chunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let size = try line()
            guard let count = Int(size, radix: 16) else { throw LiveError.notAnAnswer(size) }
            body += try take(count)
            guard try line().isEmpty else { throw LiveError.notAnAnswer("no end of a chunk") }
            if count == 0 { return body }
        }
    }

    private func line() throws -> String {
        while true {
            if let end = received.firstIndex(of: 10) {
                guard end > 0, received[end - 1] == 13 else { throw LiveError.notAnAnswer("a bare LF") }
                let text = String(decoding: received[..<(end - 1)], as: UTF8.self)
                received.removeFirst(end + 1)
                return text
            }
            try receiveMore()
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while received.count < count { try receiveMore() }
        defer { received.removeFirst(count) }
        return Array(received.prefix(count))
    }

    private func receiveMore() throws {
        let more = try receive()
        guard !more.isEmpty else { throw LiveError.notAnAnswer("the end") }
        received += more
    }

    /// All answers until the server closes or resets the connection or says nothing.
    func answersUntilEnd() -> [Answer] {
        var answers: [Answer] = []
        while let next = try? answer() { answers.append(next) }
        return answers
    }
}
