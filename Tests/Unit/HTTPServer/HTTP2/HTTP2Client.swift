import CNGHTTP2
import HTTPServer

/// A client of HTTP/2 in the clear that a test drives: nghttp2's own client on a blocking socket.
final class HTTP2Client {
    struct Answer {
        var statuses: [String] = []
        var fields: [String: String] = [:]
        var body: [UInt8] = []
        /// How the stream ended; nil while it is open.
        var errorCode: UInt32?

        var status: String? { statuses.last }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let socket: RawClient
    private var session: OpaquePointer?
    private(set) var answers: [Int32: Answer] = [:]
    /// The error codes of the GOAWAY frames that came.
    private(set) var farewells: [UInt32] = []
    private(set) var isAtEnd = false
    /// Uploads that never end.
    fileprivate var stalling: Set<Int32> = []
    fileprivate var uploads: [Int32: [UInt8]] = [:]

    /// With `opensWindows` false, the windows open only for what `consume` says.
    init(_ server: LiveServer, opensWindows: Bool = true, streamWindow: UInt32 = 65_535) throws {
        socket = try server.connect()
        var option: OpaquePointer?
        nghttp2_option_new(&option)
        nghttp2_option_set_no_auto_window_update(option, opensWindows ? 0 : 1)
        var callbacks: OpaquePointer?
        nghttp2_session_callbacks_new(&callbacks)
        Self.set(callbacks)
        let outcome = nghttp2_session_client_new2(
            &session, callbacks, Unmanaged.passUnretained(self).toOpaque(), option)
        nghttp2_session_callbacks_del(callbacks)
        nghttp2_option_del(option)
        guard outcome == 0 else { throw LiveError.cannotConnect }
        let window = nghttp2_settings_entry(
            settings_id: Int32(bitPattern: NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), value: streamWindow
        )
        nghttp2_submit_settings(session, 0, [window], 1)
    }

    deinit { nghttp2_session_del(session) }

    // MARK: Requests

    /// Starts a request; the number of its stream. A body that is not whole never ends.
    func request(
        _ method: String = "GET", _ path: String = "/", fields: [(String, String)] = [], body: [UInt8]? = nil,
        isWhole: Bool = true
    ) -> Int32 {
        let all = [(":method", method), (":scheme", "http"), (":authority", "a"), (":path", path)] + fields
        // nghttp2 copies them; until then they must stay.
        let texts = all.map { (Array($0.0.utf8), Array($0.1.utf8)) }
        let storage = UnsafeMutablePointer<UInt8>.allocate(
            capacity: texts.reduce(1) { $0 + $1.0.count + $1.1.count })
        defer { storage.deallocate() }
        var position = 0
        func place(_ bytes: [UInt8]) -> UnsafeMutablePointer<UInt8> {
            defer { position += bytes.count }
            for (offset, byte) in bytes.enumerated() { storage[position + offset] = byte }
            return storage + position
        }
        let list = texts.map { name, value in
            nghttp2_nv(
                name: place(name), value: place(value), namelen: name.count, valuelen: value.count, flags: 0)
        }
        var provider = nghttp2_data_provider(source: nghttp2_data_source(), read_callback: Self.readBody)
        let id =
            body == nil
            ? nghttp2_submit_request(session, nil, list, list.count, nil, nil)
            : nghttp2_submit_request(session, nil, list, list.count, &provider, nil)
        precondition(id > 0)
        answers[id] = Answer()
        uploads[id] = body
        if !isWhole { stalling.insert(id) }
        return id
    }

    func reset(_ id: Int32) { nghttp2_submit_rst_stream(session, 0, id, NGHTTP2_CANCEL.rawValue) }

    func consume(_ id: Int32, _ count: Int) { nghttp2_session_consume(session, id, count) }

    func ping() { nghttp2_submit_ping(session, 0, nil) }

    /// How much of an upload has not been taken by the library yet.
    func unsent(_ id: Int32) -> Int { uploads[id]?.count ?? 0 }

    // MARK: The wire

    /// Sends what there is, but for the first bytes that have been sent already.
    func flush(without sent: Int = 0) throws {
        var bytes: UnsafePointer<UInt8>?
        var left = sent
        while true {
            let count = nghttp2_session_mem_send(session, &bytes)
            guard count > 0 else { return }
            let made = UnsafeBufferPointer(start: bytes, count: count)
            let skipped = min(left, made.count)
            left -= skipped
            try socket.send(Array(made[skipped...]))
        }
    }

    /// Sends and receives until `isDone`; an error when the connection ends before.
    func exchange(until isDone: (HTTP2Client) -> Bool) throws {
        try flush()
        while !isDone(self) {
            let bytes = try socket.receive()
            guard !bytes.isEmpty else {
                isAtEnd = true
                if isDone(self) { return }
                throw LiveError.connectionReset
            }
            guard nghttp2_session_mem_recv(session, bytes, bytes.count) >= 0 else {
                throw LiveError.notAnAnswer("not HTTP/2")
            }
            try? flush()
        }
    }

    /// The answer to a request, once its stream has ended.
    func answer(_ id: Int32) throws -> Answer {
        try exchange { $0.answers[id]?.errorCode != nil }
        return answers[id] ?? Answer()
    }

    // MARK: What nghttp2 tells

    private static func client(_ owner: UnsafeMutableRawPointer?) -> HTTP2Client {
        guard let owner else { preconditionFailure("no owner") }
        return Unmanaged<HTTP2Client>.fromOpaque(owner).takeUnretainedValue()
    }

    private static func set(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, frame, name, nameLength, value, valueLength, _, owner in
            guard let frame else { return 0 }
            let name = String(decoding: UnsafeBufferPointer(start: name, count: nameLength), as: UTF8.self)
            let value = String(decoding: UnsafeBufferPointer(start: value, count: valueLength), as: UTF8.self)
            let id = frame.pointee.hd.stream_id
            if name == ":status" {
                HTTP2Client.client(owner).answers[id]?.statuses.append(value)
            } else {
                HTTP2Client.client(owner).answers[id]?.fields[name] = value
            }
            return 0
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            _, _, id, bytes, count, owner in
            HTTP2Client.client(owner).answers[id]?.body += UnsafeBufferPointer(start: bytes, count: count)
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, owner in
            HTTP2Client.client(owner).answers[id]?.errorCode = code
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, owner in
            guard let frame, UInt32(frame.pointee.hd.type) == NGHTTP2_GOAWAY.rawValue else { return 0 }
            HTTP2Client.client(owner).farewells.append(frame.pointee.goaway.error_code)
            return 0
        }
    }

    private static let readBody: nghttp2_data_source_read_callback = { _, id, room, limit, flags, _, owner in
        let client = HTTP2Client.client(owner)
        guard let room, let flags, let left = client.uploads[id] else { return 0 }
        let count = min(limit, left.count)
        let stalls = client.stalling.contains(id)
        if count == 0, stalls { return Int(NGHTTP2_ERR_DEFERRED.rawValue) }
        for position in 0..<count { room[position] = left[position] }
        client.uploads[id] = Array(left[count...])
        if count == left.count, !stalls { flags.pointee = NGHTTP2_DATA_FLAG_EOF.rawValue }
        return count
    }
}
