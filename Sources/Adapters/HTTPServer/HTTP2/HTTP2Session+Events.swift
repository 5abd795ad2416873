private import CNGHTTP2
import Domain
import EventLoop
import Ports

/// What nghttp2 tells while it reads and writes. Nothing here waits, and no handler runs here.
extension HTTP2Session {
    /// A frame has begun; its content is not there yet.
    func frameBegan(type: UInt8, flags: UInt8, length: Int) {
        let now = server.loop.now
        switch UInt32(type) {
        case NGHTTP2_DATA.rawValue:
            if length == 0, flags & FrameFlags.endStream == 0 { guardian.sawIdleFrame(at: now) }
        case NGHTTP2_HEADERS.rawValue: break
        case NGHTTP2_RST_STREAM.rawValue: guardian.sawReset(at: now)
        case NGHTTP2_WINDOW_UPDATE.rawValue: guardian.sawWindowUpdate(at: now)
        default: guardian.sawIdleFrame(at: now)
        }
    }

    func headBegan(_ streamID: Int32, isRequest: Bool) {
        headSince = server.loop.now
        if isRequest {
            let stream = HTTP2Stream(id: streamID, session: self)
            streams[streamID] = stream
            arriving = stream
        } else {
            arriving = streams[streamID]
        }
    }

    /// Takes one field of the head or of the trailers; false when there are far too many.
    func fieldCame(
        _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, isRequest: Bool
    ) -> Bool {
        guard let stream = arriving else { return true }
        let settings = server.settings.limits
        let isFine: Bool
        if isRequest {
            stream.head.add(name, value)
            isFine = stream.head.byteCount <= settings.headMaxBytes * limits.headReadMaxFactor
        } else {
            stream.trailerBytes += name.count + value.count + 4
            isFine = stream.trailerBytes <= settings.trailersMaxBytes
        }
        if !isFine {
            nghttp2_submit_rst_stream(
                handle, FrameFlags.none, stream.id, NGHTTP2_ENHANCE_YOUR_CALM.rawValue)
        }
        return isFine
    }

    /// The head, or the trailers, are complete.
    func headEnded(_ streamID: Int32, isRequest: Bool, endsStream: Bool) {
        headSince = nil
        guard let stream = arriving, stream.id == streamID else { return }
        arriving = nil
        if isRequest {
            stream.headEnded(endsStream: endsStream)
            ready.append(stream)
        } else if endsStream {
            stream.requestEnded()
        }
    }

    func dataCame(_ streamID: Int32, _ bytes: UnsafeRawBufferPointer) {
        if streams[streamID]?.receive(bytes) != true {
            nghttp2_session_consume(handle, streamID, bytes.count)
        }
    }

    func dataEnded(_ streamID: Int32) { streams[streamID]?.requestEnded() }

    func pingWasAnswered() { finishDrain() }

    func streamClosed(_ streamID: Int32) {
        if arriving?.id == streamID {
            arriving = nil
            headSince = nil
        }
        streams.removeValue(forKey: streamID)?.close()
    }

    /// The last frame of an answer is in the output.
    func streamSentEnd(_ streamID: Int32) {
        guard let stream = streams[streamID] else { return }
        ending.append(stream)
        stream.sentEnd()
    }

    /// A stream was reset by us; it counts against the client unless the reason was ours.
    func streamWasReset(code: UInt32) {
        if code == NGHTTP2_NO_ERROR.rawValue || code == NGHTTP2_INTERNAL_ERROR.rawValue { return }
        guardian.sawReset(at: server.loop.now)
    }

    /// The head of an answer could not be sent, most likely for its size.
    func headWasNotSent(_ streamID: Int32) {
        if streams[streamID] != nil { fail(streamID) }
    }
}

/// Flags of frames (RFC 9113 section 6).
enum FrameFlags {
    static let none: UInt8 = 0
    static let endStream: UInt8 = 1
    static let acknowledgement: UInt8 = 1
}
