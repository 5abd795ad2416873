"""A strict HTTP/1.1 client over a socket or TLS.

It frames answers by RFC 9112 alone and fails on anything loose: an answer without framing, bytes after an
answer, a body where none may be. Python's own client forgives too much to judge a server with.
"""

import json
import select
import socket
import ssl
import time

from harness import contract

PIECE = 256 * 1024


class ProtocolViolation(AssertionError):
    """The server broke the framing of HTTP/1.1."""


class ConnectionEnded(ConnectionError):
    """The server closed the connection before an answer was complete."""


class Response:
    def __init__(self, status, reason, headers, body=b"", interim=()):
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
        self.interim = list(interim)

    def header(self, name, default=None):
        """The value of the only field of this name."""
        values = self.all(name)
        if len(values) > 1:
            raise ProtocolViolation(f"{len(values)} fields named {name}: {values}")
        return values[0] if values else default

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The `code` of an error answer."""
        return self.json()["code"]

    def __repr__(self):
        return f"<{self.status} {self.reason} {dict(self.headers)} {self.body[:300]!r}>"


class Connection:
    """One keep-alive connection. Connects anew for the next request when the server ended it in between: with
    its last answer, or because it was idle for too long."""

    def __init__(self, address, tls=None, key=None, timeout=30.0, receive_buffer=None):
        self.address = address
        self.tls = tls
        self.key = key
        self.timeout = timeout
        self.receive_buffer = receive_buffer
        self.socket = None
        self.pending = bytearray()

    # MARK: The connection

    def open(self):
        if self.socket is not None:
            return self
        plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if self.receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        plain.settimeout(self.timeout)
        try:
            plain.connect(self.address)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket = self.tls.wrap_socket(plain, server_hostname="localhost") if self.tls else plain
        except BaseException:
            plain.close()
            raise
        self.pending.clear()
        return self

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None
        self.pending.clear()

    def __enter__(self):
        return self.open()

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.open()
        self.socket.sendall(data)

    def receive(self, limit=PIECE):
        """Some bytes; empty at the end of the stream, however it ended."""
        try:
            return self.socket.recv(limit)
        except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""

    def has_answer(self):
        """Whether the server has spoken already, without waiting."""
        if self.pending:
            return True
        has_pending_records = isinstance(self.socket, ssl.SSLSocket) and self.socket.pending()
        if not has_pending_records and not select.select([self.socket], [], [], 0)[0]:
            return False
        self.socket.settimeout(0)
        try:
            piece = self.socket.recv(PIECE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except (ConnectionError, ssl.SSLError):
            return True
        finally:
            self.socket.settimeout(self.timeout)
        self.pending += piece
        return True

    def is_closed_by_peer(self, seconds):
        """Whether the stream ends within `seconds`; what comes before the end is dropped."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                if not self.receive():
                    return True
            except (TimeoutError, socket.timeout):
                return False
            finally:
                if self.socket:
                    self.socket.settimeout(self.timeout)
        return False

    # MARK: Requests

    def head(self, method, target, headers=(), length=None, chunked=False, key=True):
        """The bytes of a request's head."""
        lines = [f"{method} {target} HTTP/1.1"]
        names = {name.lower() for name, _ in headers}
        if "host" not in names:
            lines.append(f"Host: localhost:{self.address[1]}")
        if key is True:
            key = self.key
        if key and "authorization" not in names:
            lines.append(f"Authorization: Bearer {key}")
        lines += [f"{name}: {value}" for name, value in headers]
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        elif length is not None:
            lines.append(f"Content-Length: {length}")
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"

    def request(self, method, target, body=None, headers=(), length=None, key=True, sink=None):
        """One exchange. `body`: bytes, or pieces; pieces go chunked unless `length` is given.

        `sink`, when given, gets the pieces of a 2xx body, which is then not kept.
        """
        headers = list(headers.items()) if isinstance(headers, dict) else list(headers)
        if self.socket is not None and self.has_answer() and not self.pending:
            self.close()
        self.open()
        if isinstance(body, str):
            body = body.encode()
        if body is None:
            self.send(self.head(method, target, headers, length=length, key=key))
        elif isinstance(body, (bytes, bytearray, memoryview)):
            head = self.head(method, target, headers, length=len(body) if length is None else length, key=key)
            if len(body) <= 16 * 1024:
                self.send(head + body)
            else:
                self.send_pieces(head, (body[at : at + PIECE] for at in range(0, len(body), PIECE)), False)
        else:
            head = self.head(method, target, headers, length=length, chunked=length is None, key=key)
            self.send_pieces(head, body, length is None)
        return self.response(method, sink)

    def send_pieces(self, head, pieces, chunked):
        """Sends a body until it ends or the server answers before its end."""
        self.send(head)
        try:
            for piece in pieces:
                if self.has_answer():
                    return
                self.send(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                self.send(b"0\r\n\r\n")
        except (ConnectionError, ssl.SSLError):
            pass  # The server cut the upload; its answer, when there is one, is still to be read.

    # MARK: Answers

    def response(self, method="GET", sink=None):
        interim = []
        while True:
            status, reason, headers = self.response_head()
            if status >= 200 or status == 101:
                break
            interim.append(status)
        answer = Response(status, reason, headers, interim=interim)
        body = self.response_body(method, answer, sink if 200 <= status < 300 else None)
        answer.body = contract.read_body(answer.header("content-type", ""), body)
        answer.headers = contract.read_fields(headers)
        if any(name.lower() == "connection" and value.lower() == "close" for name, value in headers):
            self.expect_end()
            self.close()
        elif self.pending:
            raise ProtocolViolation(f"bytes after the answer {answer!r}: {bytes(self.pending[:200])!r}")
        return answer

    def response_head(self):
        head = self.until(b"\r\n\r\n", limit=64 * 1024)
        lines = head.decode("iso-8859-1").split("\r\n")
        version, _, rest = lines[0].partition(" ")
        if version != "HTTP/1.1" or not rest[:3].isdigit() or rest[3:4] != " ":
            raise ProtocolViolation(f"not a status line: {lines[0]!r}")
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name or name != name.strip() or "\n" in line or "\r" in line:
                raise ProtocolViolation(f"not a field line: {line!r}")
            headers.append((name, value.strip(" \t")))
        return int(rest[:3]), rest[4:], headers

    def response_body(self, method, answer, sink):
        coding = answer.header("transfer-encoding")
        length = answer.header("content-length")
        if coding is not None and length is not None:
            raise ProtocolViolation(f"both lengths: {answer!r}")
        if answer.status in (204, 304) or answer.status < 200:
            if coding is not None or (answer.status == 204 and length is not None):
                raise ProtocolViolation(f"framing on a bodiless answer: {answer!r}")
            return b""
        if method == "HEAD":
            return b""
        parts = []
        sink = sink or parts.append
        if coding is not None:
            if coding.lower() != "chunked":
                raise ProtocolViolation(f"transfer coding {coding!r}")
            self.chunks(sink)
        elif length is not None:
            if not length.isdigit():
                raise ProtocolViolation(f"length {length!r}")
            self.exactly(int(length), sink)
        elif (answer.header("connection") or "").lower() == "close":
            while piece := self.receive():
                sink(piece)
        else:
            raise ProtocolViolation(f"an answer without framing: {answer!r}")
        return b"".join(parts)

    def chunks(self, sink):
        while True:
            line = self.until(b"\r\n", limit=64)
            size = int(line, 16)
            if size == 0:
                if self.until(b"\r\n", limit=1024) != b"":
                    raise ProtocolViolation("a trailer that nobody asked for")
                return
            self.exactly(size, sink)
            if self.until(b"\r\n", limit=2) != b"":
                raise ProtocolViolation("a chunk longer than it said")

    def until(self, mark, limit):
        while (at := self.pending.find(mark)) < 0:
            if len(self.pending) > limit:
                raise ProtocolViolation(f"no {mark!r} in {limit} bytes: {bytes(self.pending[:200])!r}")
            piece = self.receive()
            if not piece:
                raise ConnectionEnded(f"the stream ended after {bytes(self.pending[:200])!r}")
            self.pending += piece
        found = bytes(self.pending[:at])
        del self.pending[: at + len(mark)]
        return found

    def exactly(self, count, sink):
        if self.pending and count:
            piece = bytes(self.pending[:count])
            del self.pending[: len(piece)]
            count -= len(piece)
            sink(piece)
        while count:
            piece = self.receive(min(count, PIECE))
            if not piece:
                raise ConnectionEnded(f"the stream ended {count} bytes before the end of the body")
            count -= len(piece)
            sink(piece)

    def expect_end(self):
        if self.pending or not self.is_closed_by_peer(10):
            raise ProtocolViolation("the answer said close, and the connection stayed open or went on")
