private import CNGHTTP2

/// Makes sessions of nghttp2 and translates what they call into events of an `HTTP2Session`.
enum HTTP2Callbacks {
    /// Hands the head of an answer to `session`, and with `hasContent` the body that its stream has; not 0
    /// when it was refused.
    static func submit(
        _ fields: HTTP2Fields, to session: OpaquePointer?, _ streamID: Int32, hasContent: Bool
    ) -> Int32 {
        let list = fields.first.assumingMemoryBound(to: nghttp2_nv.self)
        guard hasContent else { return nghttp2_submit_response(session, streamID, list, fields.count, nil) }
        var provider = nghttp2_data_provider(source: nghttp2_data_source(), read_callback: readData)
        return nghttp2_submit_response(session, streamID, list, fields.count, &provider)
    }

    /// A new session that tells `owner`, an unretained `HTTP2Session`, what happens; nil when memory is out.
    static func makeSession(
        _ limits: HTTP2Limits, continuationsMax: Int, owner: UnsafeMutableRawPointer
    ) -> OpaquePointer? {
        var option: OpaquePointer?
        guard let callbacks, nghttp2_option_new(&option) == 0 else { return nil }
        defer { nghttp2_option_del(option) }
        // Windows open for what a handler has taken, and not for what has come.
        nghttp2_option_set_no_auto_window_update(option, 1)
        nghttp2_option_set_no_closed_streams(option, 1)
        nghttp2_option_set_max_outbound_ack(option, limits.acknowledgementsMax)
        nghttp2_option_set_max_settings(option, limits.settingsEntriesMax)
        nghttp2_option_set_max_deflate_dynamic_table_size(option, limits.headerTableBytes)
        nghttp2_option_set_max_continuations(option, continuationsMax)
        var session: OpaquePointer?
        guard nghttp2_session_server_new2(&session, callbacks, owner, option) == 0 else { return nil }
        return session
    }

    /// Never changed and never freed.
    private nonisolated(unsafe) static let callbacks: OpaquePointer? = {
        var callbacks: OpaquePointer?
        guard nghttp2_session_callbacks_new(&callbacks) == 0 else { return nil }
        setReceiving(callbacks)
        setSending(callbacks)
        return callbacks
    }()

    private static func session(_ owner: UnsafeMutableRawPointer?) -> HTTP2Session {
        guard let owner else { preconditionFailure("a session of nghttp2 without its owner") }
        return Unmanaged<HTTP2Session>.fromOpaque(owner).takeUnretainedValue()
    }

    // MARK: What the client sends

    private static func setReceiving(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks) { _, head, owner in
            guard let head else { return 0 }
            HTTP2Callbacks.session(owner).frameBegan(
                type: head.pointee.type, flags: head.pointee.flags, length: head.pointee.length)
            return 0
        }
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, owner in
            guard let frame else { return 0 }
            HTTP2Callbacks.session(owner).headBegan(
                frame.pointee.hd.stream_id, isRequest: frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST)
            return 0
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _, frame, name, nameLength, value, valueLength, _, owner in
            guard let frame else { return 0 }
            let isFine = HTTP2Callbacks.session(owner).fieldCame(
                UnsafeRawBufferPointer(start: name, count: nameLength),
                UnsafeRawBufferPointer(start: value, count: valueLength),
                isRequest: frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST)
            return isFine ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        // Without this, a field with invalid bytes would only be left out (RFC 9113 section 8.2.1).
        nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks) { _, _, _, _, _, _, _, _ in
            NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            _, _, streamID, bytes, count, owner in
            HTTP2Callbacks.session(owner).dataCame(
                streamID, UnsafeRawBufferPointer(start: bytes, count: count))
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, owner in
            guard let frame else { return 0 }
            HTTP2Callbacks.received(frame, HTTP2Callbacks.session(owner))
            return 0
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, streamID, _, owner in
            HTTP2Callbacks.session(owner).streamClosed(streamID)
            return 0
        }
    }

    private static func received(_ frame: UnsafePointer<nghttp2_frame>, _ session: HTTP2Session) {
        let head = frame.pointee.hd
        let endsStream = head.flags & FrameFlags.endStream != 0
        switch UInt32(head.type) {
        case NGHTTP2_HEADERS.rawValue:
            session.headEnded(
                head.stream_id, isRequest: frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST,
                endsStream: endsStream)
        case NGHTTP2_DATA.rawValue:
            if endsStream { session.dataEnded(head.stream_id) }
        case NGHTTP2_PING.rawValue:
            if head.flags & FrameFlags.acknowledgement != 0 { session.pingWasAnswered() }
        default: break
        }
    }

    // MARK: What goes out

    private static func setSending(_ callbacks: OpaquePointer?) {
        nghttp2_session_callbacks_set_send_data_callback(callbacks) {
            _, frame, head, count, _, owner in
            guard let frame else { return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue }
            let isWritten = HTTP2Callbacks.session(owner).writeData(
                frame.pointee.hd.stream_id,
                frameHead: UnsafeRawBufferPointer(start: head, count: HTTP2Limits.frameHeadBytes),
                count: count)
            return isWritten ? 0 : NGHTTP2_ERR_WOULDBLOCK.rawValue
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, owner in
            guard let frame else { return 0 }
            HTTP2Callbacks.sent(frame, HTTP2Callbacks.session(owner))
            return 0
        }
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) { _, frame, _, owner in
            guard let frame else { return 0 }
            if UInt32(frame.pointee.hd.type) == NGHTTP2_HEADERS.rawValue {
                HTTP2Callbacks.session(owner).headWasNotSent(frame.pointee.hd.stream_id)
            }
            return 0
        }
    }

    private static func sent(_ frame: UnsafePointer<nghttp2_frame>, _ session: HTTP2Session) {
        let head = frame.pointee.hd
        switch UInt32(head.type) {
        case NGHTTP2_HEADERS.rawValue, NGHTTP2_DATA.rawValue:
            if head.flags & FrameFlags.endStream != 0 { session.streamSentEnd(head.stream_id) }
        case NGHTTP2_RST_STREAM.rawValue:
            session.streamWasReset(code: frame.pointee.rst_stream.error_code)
        case NGHTTP2_GOAWAY.rawValue: session.goodbyeWasSent()
        default: break
        }
    }

    /// Says how much of an answer's body the next frame carries; the content itself is written when the frame
    /// is.
    private static let readData: nghttp2_data_source_read_callback = {
        _, streamID, _, limit, flags, _, owner in
        guard let flags else { return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }
        switch HTTP2Callbacks.session(owner).nextPiece(streamID, atMost: limit) {
        case nil: return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        case .later: return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        case .bytes(let count, let isLast):
            var wanted = NGHTTP2_DATA_FLAG_NONE.rawValue
            if isLast { wanted |= NGHTTP2_DATA_FLAG_EOF.rawValue }
            if count > 0 { wanted |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue }
            flags.pointee = wanted
            return count
        }
    }
}
