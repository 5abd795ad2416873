"""`Idempotency-Key`: a request that is sent until it is answered has its effect once, wherever the connection
is cut and whenever the server is killed.

The effect that is counted is a move that replaces its target: done once, what is put in the old place after
it stays there; done twice, it goes over the first.
"""

import json
import threading
import time

import pytest

from conftest import is_full
from harness.http1 import ConnectionEnded
from harness.server import key_of, user

SETTINGS = {
    "auth.default_user": {"name": "alice", "uid": 1001, "gid": 1001, "umask": "0000"},
    "auth.api_keys": [key_of("alice")],
}
USERS = ["alice", "bob"]
KILLS = 40 if is_full() else 8


@pytest.fixture
def one(server):
    """A server with two users, each with a folder of their own."""
    one = server(settings=SETTINGS, users=[user("bob", 1002)])
    with one.start():
        with one.connect(key=key_of("alice")) as connection:
            for name in USERS:
                headers = {"X-CallFS-Mode": "0777"}
                assert connection.request("POST", f"/v1/files/{name}/", headers=headers).status == 201
        yield one


def until_answered(one, name, *request, **more):
    """Sends a request again and again until it is answered; what a client with a key may do."""
    deadline = time.monotonic() + 40
    while True:
        try:
            with one.connect(key=key_of(name), timeout=10) as connection:
                answer = connection.request(*request, **more)
            # A server that drains, or that has the same request under way, asks to come again.
            if answer.header("retry-after") is None:
                return answer
        except (OSError, ConnectionEnded):
            assert time.monotonic() < deadline, "the server does not come back"
        time.sleep(0.005)


class Move:
    """A move under a key in a fresh folder."""

    def __init__(self, one, name, number):
        self.one = one
        self.name = name
        self.base = f"/v1/files/{name}/{number}"
        # Both users take the same keys, which have nothing to do with each other.
        self.headers = [("Idempotency-Key", f'"move {number}"'), ("Content-Type", "application/json")]
        target = f"/{name}/{number}/b"
        self.body = json.dumps({"destination": target, "overwrite": True}).encode()
        self.put("a", b"old")

    def put(self, file, body):
        answer = until_answered(self.one, self.name, "PUT", f"{self.base}/{file}", body)
        assert answer.status in (200, 201), answer

    def get(self, file):
        return until_answered(self.one, self.name, "GET", f"{self.base}/{file}")

    def send(self):
        return until_answered(
            self.one, self.name, "PATCH", f"{self.base}/a", self.body, headers=self.headers
        )

    def bytes(self, connection):
        return connection.head("PATCH", f"{self.base}/a", self.headers, length=len(self.body)) + self.body

    def finish(self):
        """Answered once, and then the same answer for ever and no second effect."""
        first = self.send()
        assert first.status == 200, first
        assert self.get("a").status == 404, "the move was answered and has not happened"
        self.put("a", b"new")
        again = self.send()
        assert (again.status, again.body) == (200, first.body), (first, again)
        assert again.header("idempotency-replayed") == "true"
        for file, content in [("a", b"new"), ("b", b"old")]:
            assert self.get(file).body == content, f"{file}: the move happened twice"


def cut_after(connection, data, answer_bytes):
    """Sends these bytes, reads so many of the answer, and goes without a word."""
    connection.send(data)
    received = 0
    while received < answer_bytes:
        piece = connection.receive(answer_bytes - received)
        if not piece:
            break
        received += len(piece)
    connection.close()


@pytest.mark.bounded(240)
@pytest.mark.proves("idempotency")
def test_a_request_that_is_cut_after_any_byte_is_done_once(one):
    numbers = iter(range(1_000_000))
    with one.connect(key=key_of("alice")) as connection:
        length = len(Move(one, "alice", next(numbers)).bytes(connection))
    step = 1 if is_full() else 9
    for cut in sorted({*range(1, length, step), length - 2, length - 1}):
        move = Move(one, USERS[cut % 2], next(numbers))
        with one.connect(key=key_of(move.name)) as connection:
            cut_after(connection, move.bytes(connection)[:cut], 0)
        move.finish()


@pytest.mark.bounded(240)
@pytest.mark.proves("idempotency")
def test_an_answer_that_is_cut_after_any_byte_is_given_again(one):
    for cut in range(0, 1_200, 1 if is_full() else 60):
        move = Move(one, USERS[cut % 2], cut)
        with one.connect(key=key_of(move.name)) as connection:
            cut_after(connection, move.bytes(connection), cut)
        move.finish()


@pytest.mark.bounded(60 + 10 * KILLS)
@pytest.mark.proves("idempotency")
def test_a_server_that_is_killed_at_any_time_does_each_request_once(one, seeded):
    is_over = threading.Event()
    failures = []
    done = []

    def work(name, worker):
        try:
            number = 0
            while not is_over.is_set():
                Move(one, name, f"{worker}-{number}").finish()
                number += 1
            done.append(number)
        except BaseException as failure:  # noqa: BLE001 - it is raised again in the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(name, n)) for name in USERS for n in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(KILLS):
            time.sleep(seeded.uniform(0.01, 0.3))
            one.kill()
            one.start()
    finally:
        is_over.set()
        for thread in threads:
            thread.join(60)
    if failures:
        raise failures[0]
    assert len(done) == len(threads), "a client hangs"
    assert sum(done) > KILLS
    assert one.stop() == 0
    status, output = one.fsck()
    assert status == 0, output


def test_requests_with_one_key_at_the_same_time_are_one_request(one):
    for number in range(10):
        answers = []

        def send(number=number, answers=answers):
            headers = {"Idempotency-Key": f"same-{number}"}
            answers.append(
                until_answered(one, "bob", "POST", f"/v1/files/bob/s{number}", b"x" * 40_000, headers=headers)
            )

        threads = [threading.Thread(target=send) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert [answer.status for answer in answers] == [201] * 6
        assert len({answer.body for answer in answers}) == 1
        assert sum(answer.header("idempotency-replayed") is None for answer in answers) == 1


@pytest.mark.proves("idempotency-one")
def test_a_key_is_for_one_request_of_one_user(one):
    headers = {"Idempotency-Key": "once"}
    with one.connect(key=key_of("bob")) as bob, one.connect(key=key_of("alice")) as alice:
        assert bob.request("PUT", "/v1/files/bob/f", b"one", headers=headers).status == 201
        other = bob.request("PUT", "/v1/files/bob/f", b"two", headers=headers)
        assert (other.status, other.code) == (422, "IDEMPOTENCY_MISMATCH")
        assert alice.request("PUT", "/v1/files/alice/f", b"two", headers=headers).status == 201
        assert bob.request("GET", "/v1/files/bob/f").body == b"one"
