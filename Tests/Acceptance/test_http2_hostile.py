"""Frames that no client should send (RFC 9113), and floods of frames that each client may send: what the
server says to each, and that nobody else notices.

A case is what is sent after a proper hello, and the outcomes that are right: `goaway CODE` (the connection
ends), `reset CODE` (the stream ends), `status CODE` (an answer), `closed`. Codes are those of RFC 9113
section 7.
"""

import struct

import pytest
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from harness import http2
from harness.processes import memory, open_sockets
from harness.server import Server
from harness.waiting import wait_until

PROTOCOL, FLOW_CONTROL, STREAM_CLOSED, FRAME_SIZE = 1, 3, 5, 6
REFUSED, COMPRESSION, CALM = 7, 9, 11
MEBIBYTE = 2**20


def frame(kind, flags=0, stream=0, payload=b""):
    """The bytes of a frame, right or wrong."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def settings(*pairs):
    return frame(4, payload=b"".join(struct.pack(">HI", *pair) for pair in pairs))


def goaway(*codes):
    return {f"goaway {code}" for code in codes}


def reset(*codes):
    return {f"reset {code}" for code in codes}


def head(*more, **changes):
    """A case whose request has these fields more, or others."""
    return lambda raw: [raw.head(1, *more, **changes)]


def upload(raw, stream=1, *more):
    return raw.head(
        stream, *more, method="PUT", path=f"/v1/files/hostile-{stream}", flags=["END_HEADERS"]
    )


def encoded(block, flags=("END_HEADERS", "END_STREAM")):
    return lambda raw: [HeadersFrame(1, block, flags=flags)]


MALFORMED = reset(PROTOCOL)

# fmt: off
CASES = {
    # The shape of frames
    "a frame larger than allowed": (lambda _: [frame(0, 0, 1, bytes(16_385))], goaway(FRAME_SIZE, PROTOCOL)),
    "a PING of seven bytes": (lambda _: [frame(6, payload=bytes(7))], goaway(FRAME_SIZE)),
    "a PING on a stream": (lambda _: [frame(6, 0, 1, bytes(8))], goaway(PROTOCOL)),
    "a GOAWAY on a stream": (lambda _: [frame(7, 0, 1, bytes(8))], goaway(PROTOCOL)),
    "a GOAWAY of seven bytes": (lambda _: [frame(7, payload=bytes(7))], goaway(FRAME_SIZE)),
    "a RST_STREAM of three bytes": (lambda raw: [upload(raw), frame(3, 0, 1, bytes(3))], goaway(FRAME_SIZE)),
    "a RST_STREAM on no stream": (lambda _: [frame(3, 0, 0, bytes(4))], goaway(PROTOCOL)),
    "a RST_STREAM on an idle stream": (lambda _: [RstStreamFrame(1)], goaway(PROTOCOL)),
    "a PUSH_PROMISE of a client": (lambda _: [frame(5, 4, 1, bytes(8))], goaway(PROTOCOL)),
    "a WINDOW_UPDATE of three bytes": (lambda _: [frame(8, payload=bytes(3))], goaway(FRAME_SIZE)),
    "DATA on no stream": (lambda _: [frame(0, 0, 0, b"x")], goaway(PROTOCOL)),
    "DATA on an idle stream": (lambda _: [DataFrame(1, b"x")], goaway(PROTOCOL, STREAM_CLOSED)),
    "DATA with more padding than content": (
        lambda raw: [upload(raw), frame(0, 8, 1, b"\xff" + bytes(10))], goaway(PROTOCOL)),
    "HEADERS with more padding than content": (lambda _: [frame(1, 12, 1, b"\xff\x82")], goaway(PROTOCOL)),
    "HEADERS too short for their priority": (
        lambda _: [frame(1, 0x24, 1, bytes(4))], goaway(PROTOCOL, FRAME_SIZE)),

    # SETTINGS
    "SETTINGS of five bytes": (lambda _: [frame(4, payload=bytes(5))], goaway(FRAME_SIZE)),
    "SETTINGS on a stream": (lambda _: [frame(4, 0, 1)], goaway(PROTOCOL)),
    "an acknowledgement with content": (lambda _: [frame(4, 1, 0, bytes(6))], goaway(FRAME_SIZE)),
    "an acknowledgement of nothing": (lambda _: [frame(4, 1), frame(4, 1)], goaway(PROTOCOL)),
    "ENABLE_PUSH of two": (lambda _: [settings((2, 2))], goaway(PROTOCOL)),
    "a window larger than any": (lambda _: [settings((4, 2**31))], goaway(FLOW_CONTROL)),
    "a maximum frame size too small": (lambda _: [settings((5, 16_383))], goaway(PROTOCOL)),
    "a maximum frame size too large": (lambda _: [settings((5, 2**24))], goaway(PROTOCOL)),
    "SETTINGS with a thousand entries": (lambda _: [settings(*[(3, 7)] * 1_000)], goaway(PROTOCOL, CALM)),
    "unknown settings": (
        lambda raw: [settings((0xF0F0, 1), (0, 9)), raw.head(1)], {"status 200"}),
    "a setting that makes windows overflow": (
        lambda raw: [raw.head(1, path="/v1/files/large"),
                     WindowUpdateFrame(1, window_increment=2**31 - 65_536), settings((4, 2**31 - 1))],
        goaway(FLOW_CONTROL) | reset(FLOW_CONTROL)),

    # Streams
    "HEADERS on no stream": (lambda raw: [frame(1, 5, 0, raw.fields())], goaway(PROTOCOL)),
    "HEADERS on an even stream": (lambda raw: [raw.head(2)], goaway(PROTOCOL)),
    "a stream that goes backwards": (
        lambda raw: [upload(raw, 5), raw.head(3), raw.head(7)],
        goaway(PROTOCOL, STREAM_CLOSED) | {"status 200"}),
    "DATA after the end of the stream": (
        lambda raw: [raw.head(1, path="/v1/files/large"), DataFrame(1, b"x")],
        goaway(STREAM_CLOSED, PROTOCOL) | reset(STREAM_CLOSED)),
    "HEADERS after the end of the stream": (
        lambda raw: [raw.head(1, path="/v1/files/large"), raw.head(1)],
        goaway(STREAM_CLOSED, PROTOCOL) | reset(STREAM_CLOSED)),
    "HEADERS after a reset": (
        lambda raw: [upload(raw), RstStreamFrame(1, 8), raw.head(1), raw.head(3)],
        goaway(STREAM_CLOSED, PROTOCOL) | {"status 200"}),
    "more streams than allowed": (
        lambda raw: [upload(raw, 2 * n + 1) for n in range(130)], reset(REFUSED) | goaway(PROTOCOL)),
    "a stream that depends on itself": (
        lambda raw: [PriorityFrame(1, depends_on=1), raw.head(1)], goaway(PROTOCOL) | {"status 200"}),
    "a PRIORITY of four bytes": (
        lambda raw: [frame(2, 0, 1, bytes(4)), raw.head(1)], goaway(FRAME_SIZE) | {"status 200"}),

    # CONTINUATION
    "a CONTINUATION of nothing": (lambda raw: [ContinuationFrame(1, raw.fields())], goaway(PROTOCOL)),
    "another frame within a head": (
        lambda raw: [HeadersFrame(1, raw.fields()), PingFrame(0, bytes(8))], goaway(PROTOCOL)),
    "a CONTINUATION of another stream": (
        lambda raw: [HeadersFrame(1, raw.fields()), ContinuationFrame(3, b"")], goaway(PROTOCOL)),
    "a head in pieces": (
        lambda raw: (lambda block: [HeadersFrame(1, block[:9], flags=["END_STREAM"]),
                                    ContinuationFrame(1, block[9:20]),
                                    ContinuationFrame(1, block[20:], flags=["END_HEADERS"])])(raw.fields()),
        {"status 200"}),
    "continuations without end": (
        lambda raw: [HeadersFrame(1, raw.fields(), flags=["END_STREAM"]),
                     *[ContinuationFrame(1, b"\x00\x01a\x01b") for _ in range(500)]], goaway(CALM)),
    "empty continuations without end": (
        lambda raw: [HeadersFrame(1, raw.fields(), flags=["END_STREAM"]), *[ContinuationFrame(1)] * 500],
        goaway(CALM)),

    # HPACK
    "index zero": (encoded(b"\x80"), goaway(COMPRESSION)),
    "an index beyond the table": (encoded(b"\xff\x80\x01"), goaway(COMPRESSION)),
    "an integer without end": (encoded(b"\xff" + b"\xff" * 20), goaway(COMPRESSION)),
    "a string longer than the block": (encoded(b"\x00\x7f\x00a"), goaway(COMPRESSION)),
    "a bad Huffman code": (encoded(b"\x00\x84\xff\xff\xff\xff\x01a"), goaway(COMPRESSION)),
    "a table larger than allowed": (encoded(b"\x3f\xe1\xff\x03"), goaway(COMPRESSION)),
    "a table size behind a field": (encoded(b"\x82\x20"), goaway(COMPRESSION)),
    "an empty head": (encoded(b""), MALFORMED),
    "a small block that is a huge head": (
        lambda raw: [HeadersFrame(
            1, raw.fields() + b"\x40\x01a\x7f\xa1\x1e" + b"v" * 4_000 + b"\xbe" * 12_000, flags=[
                "END_HEADERS", "END_STREAM"])], reset(CALM)),

    # Windows
    "a window update of nothing": (lambda _: [WindowUpdateFrame(0, window_increment=1), frame(
        8, payload=bytes(4))], goaway(PROTOCOL)),
    "a window update of nothing on a stream": (
        lambda raw: [upload(raw), frame(8, 0, 1, bytes(4))], reset(PROTOCOL) | goaway(PROTOCOL)),
    "a window update on an idle stream": (
        lambda _: [WindowUpdateFrame(1, window_increment=1)], goaway(PROTOCOL)),
    "a window that overflows": (
        lambda _: [WindowUpdateFrame(0, window_increment=2**31 - 1)], goaway(FLOW_CONTROL)),
    "the window of a stream that overflows": (
        lambda raw: [upload(raw), WindowUpdateFrame(1, window_increment=2**31 - 1)], reset(FLOW_CONTROL)),

    # Heads that are malformed (section 8.1.1)
    "a name in upper case": (head(("X-Upper", "1")), MALFORMED),
    "a name with a space": (head(("x y", "1")), MALFORMED),
    "an empty name": (head(("", "1")), MALFORMED),
    "a value with a line end": (head(("x", "a\r\nb: c")), MALFORMED),
    "a value with a zero": (head(("x", "a\0b")), MALFORMED),
    "a value that begins with a space": (head(("x", " a")), MALFORMED),
    "no method": (head(without=[":method"]), MALFORMED),
    "no path": (head(without=[":path"]), MALFORMED),
    "no scheme": (head(without=[":scheme"]), MALFORMED),
    "no authority": (head(without=[":authority"]), MALFORMED | {"status 400"}),
    "an empty path": (head(path=""), MALFORMED),
    "a path that is none": (head(path="health"), MALFORMED | {"status 400"}),
    "a path with a space": (head(path="/a b"), MALFORMED | {"status 400"}),
    "a path with a fragment": (head(path="/a#b"), {"status 400"}),
    "a star without OPTIONS": (head(path="*"), MALFORMED | {"status 400"}),
    "two paths": (head((":path", "/")), MALFORMED),
    "two methods": (head((":method", "GET")), MALFORMED),
    "a pseudo field behind others": (head(("x", "y"), (":authority", "b")), MALFORMED),
    "an unknown pseudo field": (head((":unknown", "y")), MALFORMED),
    "the pseudo field of an answer": (head((":status", "200")), MALFORMED),
    "the pseudo field of an extended CONNECT": (head((":protocol", "websocket")), MALFORMED),
    "a scheme that is none": (head((":scheme", "ftp"), without=[":scheme"]), MALFORMED | {"status 400"}),
    "two hosts that differ": (head(("host", "other.example")), {"status 400"}),
    "a host with a path": (head(("host", "localhost/x")), MALFORMED | {"status 400"}),
    "a connection": (head(("connection", "close")), MALFORMED),
    "a keep-alive": (head(("keep-alive", "1")), MALFORMED),
    "a proxy-connection": (head(("proxy-connection", "close")), MALFORMED),
    "an upgrade": (head(("upgrade", "h2c")), MALFORMED),
    "a transfer coding": (head(("transfer-encoding", "chunked")), MALFORMED),
    "a TE that is not trailers": (head(("te", "gzip")), MALFORMED),
    "a CONNECT": (head(method="CONNECT", without=[":scheme", ":path"]), MALFORMED | {"status 501"}),
    "a CONNECT with a path": (head(method="CONNECT"), MALFORMED | {"status 501"}),
    "a method that is no token": (head(method="G E T"), MALFORMED),
    "an unknown expectation": (head(("expect", "miracles")), {"status 417"}),
    "too many fields": (head(*[(f"x-{n}", "1") for n in range(120)]), {"status 431"}),
    "a field that is too long": (head(("x", "y" * 9_000)), {"status 431"}),
    "a path that is too long": (
        lambda raw: (lambda block: [HeadersFrame(1, block[:16_000], flags=["END_STREAM"]),
                                    ContinuationFrame(1, block[16_000:], flags=["END_HEADERS"])])(
            raw.fields(path="/" + "x" * 16_384)), {"status 414"}),
    "a length that is no number": (head(("content-length", "+1")), MALFORMED),
    "two lengths": (head(("content-length", "0"), ("content-length", "0")), MALFORMED),
    "a length larger than any": (head(("content-length", "9" * 19)), MALFORMED | {"status 413"}),
    "a length and no body": (head(("content-length", "5")), MALFORMED),
    "a body longer than its length": (
        lambda raw: [upload(raw, 1, ("content-length", "1")), DataFrame(1, b"xyz", flags=["END_STREAM"])],
        MALFORMED),
    "a body shorter than its length": (
        lambda raw: [upload(raw, 1, ("content-length", "9")), DataFrame(1, b"xyz", flags=["END_STREAM"])],
        MALFORMED),
    "trailers that do not end": (
        lambda raw: [upload(raw), HeadersFrame(1, raw.encoder.encode([("x", "y")]), flags=["END_HEADERS"])],
        MALFORMED | goaway(PROTOCOL)),
    "trailers with a pseudo field": (
        lambda raw: [upload(raw), HeadersFrame(
            1, raw.encoder.encode([(":path", "/")]), flags=["END_HEADERS", "END_STREAM"])], MALFORMED),
    "trailers that are too long": (
        lambda raw: [upload(raw), HeadersFrame(
            1, raw.encoder.encode([("x", "y" * 9_000)], huffman=False),
            flags=["END_HEADERS", "END_STREAM"])], reset(CALM)),

    # Floods
    "resets without end": (
        lambda raw: [part for n in range(2_000) for part in (upload(raw, 2 * n + 1), RstStreamFrame(
            2 * n + 1, 8))], goaway(CALM)),
    "resets by the server without end": (
        lambda raw: [part for n in range(2_000) for part in (upload(raw, 2 * n + 1), WindowUpdateFrame(
            2 * n + 1, window_increment=2**31 - 1))], goaway(CALM)),
    "malformed requests without end": (
        lambda raw: [raw.head(2 * n + 1, ("connection", "close")) for n in range(2_000)], goaway(CALM)),
    "pings without end": (lambda _: [PingFrame(0, bytes(8))] * 50_000, goaway(CALM)),
    "settings without end": (lambda _: [settings((3, 7))] * 50_000, goaway(CALM)),
    "priorities without end": (
        lambda _: [PriorityFrame(2 * n + 1, depends_on=0) for n in range(20_000)], goaway(CALM)),
    "empty DATA without end": (lambda raw: [upload(raw), *[DataFrame(1)] * 20_000], goaway(CALM)),
    "unknown frames": (lambda raw: [frame(0xEE, payload=b"x")] * 1_000 + [raw.head(1)], {"status 200"}),
    "window updates without end": (
        lambda _: [WindowUpdateFrame(0, window_increment=1)] * 100_000, goaway(CALM)),
}
# fmt: on

# Sent instead of a hello.
STRANGERS = {
    "nothing of the protocol": b"\x16\x03\x01 no preface at all",
    "a preface that is almost right": http2.PREFACE[:-1] + b"!" + settings(),
    "a request of HTTP/1.1": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "no settings first": http2.PREFACE + frame(6, payload=bytes(8)),
}


@pytest.fixture(scope="module")
def one(callfs, tmp_path_factory):
    waits = {"server.read_timeout": "2s", "server.write_timeout": "2s", "log.access": False}
    with Server(callfs, tmp_path_factory.mktemp("http2-hostile"), settings=waits) as server:
        with http2.Client(server) as client:
            assert client.request("PUT", "/v1/files/large", b"l" * MEBIBYTE).status == 201
        yield server
        assert server.stop() == 0


@pytest.fixture
def bystander(one):
    """A client whose connection is open before, used during, and open after what another one does."""
    with http2.Client(one) as client:
        assert client.request("GET", "/health").status == 200
        yield client
        assert client.request("GET", "/health").status == 200


def is_served(one):
    with http2.Client(one) as client:
        return client.request("GET", "/v1/files/large").body == b"l" * MEBIBYTE


def test_the_corpus_is_large():
    assert len(CASES) + len(STRANGERS) >= 100


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_client_gets_what_it_deserves_and_nobody_else_notices(one, bystander, name):
    make, expected = CASES[name]
    raw = http2.Raw(one)
    try:
        raw.send(*make(raw))
        assert bystander.request("GET", "/health").status == 200
        # A flood may get answers before it is too much.
        assert raw.outcome(stream=-1 if name.endswith("without end") else None) in expected
    finally:
        raw.close()
    assert is_served(one)


@pytest.mark.parametrize("name", STRANGERS)
def test_a_client_that_speaks_something_else_is_let_go(one, bystander, name):
    raw = http2.Raw(one, hello=False)
    try:
        raw.send(STRANGERS[name])
        assert raw.outcome() in goaway(PROTOCOL) | {"closed"}
    finally:
        raw.close()


def test_more_than_the_window_is_refused(one, bystander):
    raw = http2.Raw(one)
    # Nobody reads the body of a request that is refused, so its windows stay as they are.
    raw.send(raw.head(1, method="PUT", path="/v1/files/x", flags=["END_HEADERS"], without=["authorization"]))
    raw.send(*[DataFrame(1, bytes(16_384)) for _ in range(400)])
    assert raw.outcome() in goaway(FLOW_CONTROL) | reset(FLOW_CONTROL) | {"status 401"}
    raw.close()
    assert is_served(one)


def test_streams_that_are_opened_and_left_end_by_their_time(one, bystander):
    raw = http2.Raw(one)
    raw.send(*[upload(raw, 2 * n + 1) for n in range(50)])
    answered = set()
    for got in raw.frames():
        if isinstance(got, HeadersFrame):
            assert dict(raw.decoder.decode(got.data))[":status"] == "408"
            answered.add(got.stream_id)
        if len(answered) == 50:
            break
    assert len(answered) == 50
    raw.close()


def test_windows_that_open_by_a_byte_hold_little_and_not_for_ever(one, bystander):
    raw = http2.Raw(one, settings={4: 0})
    before = memory(one.pid)[0]
    raw.send(*[raw.head(2 * n + 1, path="/v1/files/large") for n in range(100)])
    raw.send(*[WindowUpdateFrame(2 * n + 1, window_increment=1) for n in range(100)])
    ended = set()
    for got in raw.frames():
        if isinstance(got, RstStreamFrame):
            ended.add(got.stream_id)
            if len(ended) == 100:
                break
    assert len(ended) == 100
    assert memory(one.pid)[0] - before < 16 * MEBIBYTE
    raw.close()


def test_a_client_that_reads_nothing_is_cut(one, bystander):
    sockets = open_sockets(one.pid)
    raw = http2.Raw(one, settings={4: 2**31 - 1})
    raw.send(WindowUpdateFrame(0, window_increment=2**31 - 65_536))
    raw.send(*[raw.head(2 * n + 1, path="/v1/files/large") for n in range(100)])
    wait_until(lambda: open_sockets(one.pid) <= sockets, 30, "the connection was cut")
    raw.close()


def test_a_client_that_goes_away_in_the_middle_leaves_nothing(one, bystander):
    sockets = open_sockets(one.pid)
    for _ in range(10):
        raw = http2.Raw(one)
        raw.send(*[upload(raw, 2 * n + 1) for n in range(50)], DataFrame(1, b"x"), GoAwayFrame(0))
        raw.close()
    wait_until(lambda: open_sockets(one.pid) <= sockets, 20, "the connections have ended")
    with one.connect() as connection:
        assert connection.request("GET", "/v1/files/hostile-1").status == 404


def test_a_session_that_is_refused_while_more_of_it_comes_leaves_its_loop_to_others(one):
    # Whether the last of the flood comes before or after the goodbye is up to the kernel, so there are many.
    make, expected = CASES["resets by the server without end"]
    for _ in range(25):
        with http2.Client(one) as bystander:
            raw = http2.Raw(one)
            raw.send(*make(raw))
            assert bystander.request("GET", "/health").status == 200
            assert raw.outcome(stream=-1) in expected
            raw.close()
            assert bystander.request("GET", "/health").status == 200
