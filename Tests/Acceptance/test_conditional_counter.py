"""Conditional writes as a counter: many clients add one with `If-Match`, and no addition is lost."""

import re
import threading

import pytest

from conftest import is_full

CLIENTS = 16
INCREMENTS = 10_000 if is_full() else 3_000
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
TAG = re.compile(rb"\r\netag: ([^\r\n]+)\r\n", re.IGNORECASE)


class Counter:
    """A client of one file that holds a number; spare, since most of its requests come too late."""

    def __init__(self, connection, target):
        self.connection = connection.open()
        self.get = connection.head("GET", target)
        put = connection.head("PUT", target, [("If-Match", "%TAG%"), ("Content-Length", "%LENGTH%")])
        self.put = put.replace(b"%TAG%", b"%b").replace(b"%LENGTH%", b"%d")
        self.number, self.tag = None, None

    def exchange(self, request):
        self.connection.send(request)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self.received()
        head = answer[: end + 2]
        length = int(LENGTH.search(head).group(1))
        while len(answer) < end + 4 + length:
            answer += self.received()
        assert len(answer) == end + 4 + length, answer
        tag = TAG.search(head)
        return int(STATUS.match(head).group(1)), tag and tag.group(1), answer[end + 4 :]

    def received(self):
        piece = self.connection.receive()
        assert piece, "the server ended the connection"
        return piece

    def increment(self):
        """Adds one and returns the number that was written. A 412 says that another was faster; so does the
        409 of a writer whose lease was overtaken."""
        while True:
            if self.tag is None:
                status, self.tag, body = self.exchange(self.get)
                assert status == 200, body
                self.number = int(body)
            number = b"%d" % (self.number + 1)
            status, tag, body = self.exchange(self.put % (self.tag, len(number)) + number)
            if status == 200:
                self.number, self.tag = self.number + 1, tag
                return self.number
            assert status == 412 or (status == 409 and b"WRITE_SUPERSEDED" in body), body
            self.tag = None


@pytest.mark.bounded(300 if is_full() else 120)
@pytest.mark.proves("conditions-in-commit")
def test_no_increment_is_lost(alice):
    """Each client adds one to the number that it saw last, under the condition that its tag still holds.
    Every number is written once, so every addition counted and no tag was good twice."""
    target = f"/v1/files{alice.base}/counter"
    assert alice("PUT", "/counter", b"0").status == 201
    lock = threading.Lock()
    left = [INCREMENTS]
    written, failures = [], []

    def run():
        mine = []
        try:
            with alice.server.connect(key=alice.connection.key) as connection:
                counter = Counter(connection, target)
                while take():
                    mine.append(counter.increment())
        except BaseException as failure:  # noqa: BLE001 - it is raised again below
            failures.append(failure)
        with lock:
            written.extend(mine)

    def take():
        with lock:
            if left[0] == 0 or failures:
                return False
            left[0] -= 1
            return True

    threads = [threading.Thread(target=run) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    assert int(alice("GET", "/counter").body) == INCREMENTS
    assert sorted(written) == list(range(1, INCREMENTS + 1))
