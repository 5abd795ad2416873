"""Clients of HTTP/2: one that keeps the rules, on h2, and one that sends whatever frames it is told."""

import json
import socket
import ssl

import h2.config
import h2.connection
import h2.events
import h2.settings
import hpack
from hyperframe.frame import Frame, GoAwayFrame, HeadersFrame, RstStreamFrame, SettingsFrame

from harness import contract

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PIECE = 256 * 1024


def connect(server, timeout=30.0, protocols=("h2",), receive_buffer=None):
    """A socket to the server, over TLS with these protocols offered, or plain when the server is."""
    plain = socket.socket()
    if receive_buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.settimeout(timeout)
    plain.connect(server.address)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if server.protocol != "https":
        return plain
    context = ssl.create_default_context(cafile=str(server.certificate))
    context.set_alpn_protocols(list(protocols))
    return context.wrap_socket(plain, server_hostname="localhost")


class Answer:
    def __init__(self):
        self.interim = []
        self.headers = []
        self.media_type = ""
        self.body = bytearray()
        self.has_ended = False
        self.reset = None

    @property
    def status(self):
        return int(self.header(":status"))

    def header(self, name, default=None):
        return next((value for key, value in self.headers if key == name), default)

    def json(self):
        return json.loads(bytes(self.body))

    def __repr__(self):
        return f"<{self.headers} {bytes(self.body[:200])!r} ended={self.has_ended} reset={self.reset}>"


class Client:
    """One connection. Windows open for all that comes, unless `opens_windows` is false."""

    def __init__(self, server, key=True, window=None, opens_windows=True):
        self.server = server
        self.key = server.key if key is True else key
        self.socket = connect(server)
        self.opens_windows = opens_windows
        self.answers = {}
        self.uploads = {}
        self.farewells = []
        self.connection = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=True, header_encoding="utf-8")
        )
        if window is not None:
            self.connection.local_settings = h2.settings.Settings(
                client=True, initial_values={h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window}
            )
        self.connection.initiate_connection()
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    # MARK: Requests

    def start(self, method, path, body=None, headers=(), more=False, expects=False):
        """Begins a request, and says on which stream. With `more`, its body goes on; with `expects`, it is
        sent when the server asks for it."""
        stream = self.connection.get_next_available_stream_id()
        fields = [
            (":method", method),
            (":scheme", self.server.protocol),
            (":authority", f"localhost:{self.server.port}"),
            (":path", path),
        ]
        if self.key:
            fields.append(("authorization", f"Bearer {self.key}"))
        self.connection.send_headers(stream, fields + list(headers), end_stream=body is None and not more)
        self.answers[stream] = Answer()
        if body is not None:
            self.uploads[stream] = (memoryview(body), not more, expects)
        self.flush()
        return stream

    def request(self, method, path, body=None, headers=()):
        return self.finish(self.start(method, path, body, headers))

    def finish(self, stream):
        """The answer on a stream, once it is whole or was reset."""
        answer = self.answers[stream]
        self.run(lambda: answer.has_ended or answer.reset is not None)
        return answer

    # MARK: The wire

    def flush(self):
        for stream in list(self.uploads):
            self.upload(stream)
        if data := self.connection.data_to_send():
            self.socket.sendall(data)

    def upload(self, stream):
        left, ends, waits = self.uploads[stream]
        if waits or self.answers[stream].has_ended or self.answers[stream].reset is not None:
            return
        while True:
            room = min(
                self.connection.local_flow_control_window(stream), self.connection.max_outbound_frame_size
            )
            piece, left = left[:room], left[room:]
            self.uploads[stream] = (left, ends, waits)
            is_last = ends and not left
            if piece or is_last:
                self.connection.send_data(stream, bytes(piece), end_stream=is_last)
            if not left:
                del self.uploads[stream]
                return
            if room == 0:
                return

    def run(self, until):
        """Sends and receives until a condition holds."""
        self.flush()
        while not until():
            data = self.socket.recv(PIECE)
            if not data:
                raise ConnectionError(f"the connection ended; farewells: {self.farewells}")
            for event in self.connection.receive_data(data):
                self.take(event)
            self.flush()

    def run_to_end(self):
        """Receives until the server closes the connection."""
        self.flush()
        while data := self.socket.recv(PIECE):
            for event in self.connection.receive_data(data):
                self.take(event)

    def take(self, event):
        answer = self.answers.get(getattr(event, "stream_id", None))
        match event:
            case h2.events.InformationalResponseReceived():
                answer.interim.append(dict(event.headers)[":status"])
                if (upload := self.uploads.get(event.stream_id)) is not None:
                    self.uploads[event.stream_id] = (upload[0], upload[1], False)
            case h2.events.ResponseReceived():
                answer.headers = contract.read_fields(event.headers)
                answer.media_type = dict(event.headers).get("content-type", "")
            case h2.events.DataReceived():
                answer.body += event.data
                if self.opens_windows and event.flow_controlled_length:
                    self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.StreamEnded():
                answer.body = bytearray(contract.read_body(answer.media_type, answer.body))
                answer.has_ended = True
            case h2.events.StreamReset():
                answer.reset = event.error_code
                self.uploads.pop(event.stream_id, None)
            case h2.events.ConnectionTerminated():
                self.farewells.append((event.error_code, event.last_stream_id))


class Raw:
    """A connection on which any bytes may be sent; it says hello properly unless told not to."""

    def __init__(self, server, hello=True, settings=None):
        self.server = server
        self.socket = connect(server, timeout=20)
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.pending = b""
        if hello:
            self.send(PREFACE, SettingsFrame(settings=settings or {}))

    def close(self):
        self.socket.close()

    def send(self, *parts):
        """Frames, or bytes as they are. What the server refuses to take is its right."""
        data = b"".join(part.serialize() if isinstance(part, Frame) else part for part in parts)
        try:
            self.socket.sendall(data)
        except OSError:
            pass

    def fields(self, *more, method="GET", path="/health", without=()):
        """An encoded head: a good request, with fields changed."""
        fields = [
            (":method", method),
            (":scheme", "https"),
            (":authority", "localhost"),
            (":path", path),
            ("authorization", f"Bearer {self.server.key}"),
        ]
        kept = [field for field in fields if field[0] not in without]
        return self.encoder.encode(kept + list(more), huffman=False)

    def head(self, stream, *more, flags=("END_HEADERS", "END_STREAM"), **changes):
        return HeadersFrame(stream, self.fields(*more, **changes), flags=flags)

    def outcome(self, stream=None):
        """What the server says to it all: `goaway CODE`, `reset CODE` or `status CODE` of the given stream
        (of any without), or `closed`, whatever comes first."""
        try:
            for frame in self.frames():
                if isinstance(frame, GoAwayFrame):
                    return f"goaway {frame.error_code}"
                if stream is not None and frame.stream_id != stream:
                    continue
                if isinstance(frame, RstStreamFrame) and frame.error_code != 0:
                    return f"reset {frame.error_code}"
                if isinstance(frame, HeadersFrame):
                    status = dict(self.decoder.decode(frame.data))[":status"]
                    if not status.startswith("1"):
                        return f"status {status}"
        except ConnectionError:
            pass
        return "closed"

    def frames(self):
        """The frames of the server until it closes."""
        while True:
            while len(self.pending) >= 9:
                frame, length = Frame.parse_frame_header(memoryview(self.pending[:9]))
                if len(self.pending) < 9 + length:
                    break
                frame.parse_body(memoryview(self.pending[9 : 9 + length]))
                self.pending = self.pending[9 + length :]
                yield frame
            try:
                data = self.socket.recv(PIECE)
            except (ConnectionError, ssl.SSLError):
                return
            if not data:
                return
            self.pending += data
