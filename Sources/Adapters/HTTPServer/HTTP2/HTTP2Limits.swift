/// What one HTTP/2 connection may hold and how often it may make work for nothing. Its heads are bounded by
/// `HTTP1Limits`, its time by `HTTPServerSettings`.
package struct HTTP2Limits: Sendable {
    /// Streams at a time (SETTINGS_MAX_CONCURRENT_STREAMS), as RFC 9113 section 6.5.2 recommends at least.
    package var streamsMax = 100
    /// Handlers at a time. A handler may outlive its stream for a moment, when the client resets it; without
    /// a bound of their own, resets would make handlers without end (CVE-2023-44487).
    package var handlersMax = 200
    /// What a client may send of one body before its handler takes it: a quarter of a second at a megabyte a
    /// second.
    package var streamWindowBytes: Int32 = 256 * 1024
    /// The same of all bodies of a connection together: what it can make the server hold.
    package var connectionWindowBytes: Int32 = 1024 * 1024
    /// Buffers that the streamed answers of one connection hold at a time. The others wait: the client takes
    /// no two of them faster than one.
    package var sendBuffersMax = 8

    /// Streams that end by a reset, whether the client sends it (CVE-2023-44487) or makes the server send it
    /// (CVE-2025-8671): at once, and a second. A page that is left cancels a hundred at most.
    package var resetsMax = 500
    package var resetsPerSecond = 50
    /// Frames that ask for an answer or change nothing: SETTINGS, PING, PRIORITY, and DATA
    /// without content (CVE-2019-9512, -9515, -9518). Clients that measure round trips send some a second.
    package var idleFramesMax = 2_000
    package var idleFramesPerSecond = 500
    /// WINDOW_UPDATE frames. A client may send several for every DATA frame that it gets, which are not
    /// counted; others, that open nothing that was used, cost time only.
    package var windowUpdatesMax = 20_000
    package var windowUpdatesPerSecond = 5_000
    package var windowUpdatesPerDataFrame = 4
    /// Answers to SETTINGS and PING that wait because the client does not read.
    package var acknowledgementsMax = 256
    /// Entries of one SETTINGS frame; there are fewer than ten settings (CVE-2020-11080).
    package var settingsEntriesMax = 32
    /// What each side remembers of header fields for compression (SETTINGS_HEADER_TABLE_SIZE), whatever the
    /// client would allow: the default of RFC 7541.
    package var headerTableBytes = 4096
    /// A head that grows beyond its limit is still read, so that it can be refused with an answer; beyond so
    /// many times the limit the stream is reset: small blocks can unpack to large heads.
    package var headReadMaxFactor = 4

    package init() {}

    /// CONTINUATION frames after one HEADERS frame (CVE-2024-27316): what a head of the largest size needs,
    /// and some for clients that cut it small.
    func continuationsMax(headMaxBytes: Int) -> Int { headMaxBytes / Self.frameMaxBytes + 8 }

    /// What a frame carries at most (SETTINGS_MAX_FRAME_SIZE), the default: larger ones save nothing.
    static let frameMaxBytes = 16_384
    /// What comes before the content of every frame.
    static let frameHeadBytes = 9
}
