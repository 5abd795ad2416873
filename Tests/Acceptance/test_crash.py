"""kill -9 at random moments under parallel writes: nothing acknowledged is lost, nothing is half there.

Contents name their own path and sequence, so a reader can tell a whole one from a prefix, a mixture or
another's. Each writer owns its paths: what it was last told is the truth, and only the request in flight may
have gone either way (P4).
"""

import os
import random
import threading
import time

import pytest

from harness.contents import described, sequence_of
from harness.http1 import ConnectionEnded
from harness.processes import temporary_files

ROUNDS = int(os.environ.get("CALLFS_CRASH_ROUNDS", 100))
WRITERS = 4
PATHS_OF_A_WRITER = 8
ABSENT = None


class Writer:
    """Creates, replaces and deletes its own files, and knows which states each may be in."""

    def __init__(self, one, number):
        self.one = one
        self.number = number
        self.sequence = 0
        self.acknowledged = 0
        self.possible = {f"/w{number}/{n}": {ABSENT} for n in range(PATHS_OF_A_WRITER)}

    def run(self, seed, may_write):
        generator = random.Random(seed)
        try:
            with self.one.connect(timeout=10) as connection:
                while may_write.is_set():
                    self.write(connection, generator)
        except (OSError, ConnectionEnded):
            pass  # The server was killed; `possible` still says what may be.

    def write(self, connection, generator):
        path = generator.choice(list(self.possible))
        (before,) = self.possible[path]
        if before is not ABSENT and generator.random() < 0.2:
            after, method, body, good = ABSENT, "DELETE", None, (204,)
        else:
            self.sequence += 1
            size = generator.choice([100, 3_000, 16_000, 17_000, 60_000, 400_000])
            after, method, body = self.sequence, "PUT", described(path, self.sequence, size)
            good = (201,) if before is ABSENT else (200,)
        if body and generator.random() < 0.3:
            body = slowly(body) if len(body) > 50_000 else iter([body[:99], body[99:]])
        self.possible[path] = {before, after}
        answer = connection.request(method, "/v1/files" + path, body)
        if answer.status not in good:
            raise AssertionError(f"{method} {path}, which was {before}: {answer}")
        self.possible[path] = {after}
        self.acknowledged += 1

    def check(self, connection):
        for path, possible in self.possible.items():
            answer = connection.request("GET", "/v1/files" + path)
            assert answer.status in (200, 404), answer
            found = ABSENT if answer.status == 404 else sequence_of(path, answer.body)
            assert found in possible, f"{path} is at {found} and may only be at {possible}"
            self.possible[path] = {found}


class TreeWriter:
    """Makes a small tree and removes it in one step, again and again: a removal is all of it or none."""

    NAMES = ["a", "b", "sub/c", "sub/deep/d"]

    def __init__(self, one):
        self.one = one
        self.complete = False  # All files acknowledged and no removal begun.
        self.gone = True  # A removal acknowledged and no creation begun.

    def run(self, _seed, may_write):
        try:
            with self.one.connect(timeout=10) as connection:
                while may_write.is_set():
                    if not self.complete:
                        self.gone = False
                        for name in self.NAMES:
                            path = "/tree/" + name
                            answer = connection.request("PUT", "/v1/files" + path, described(path, 1, 20_000))
                            assert answer.status in (200, 201), answer
                    self.complete = False
                    answer = connection.request("DELETE", "/v1/files/tree?recursive=true")
                    assert answer.status == 204, answer
                    self.gone = True
        except (OSError, ConnectionEnded):
            pass

    def check(self, connection):
        found = set()
        for name in self.NAMES:
            answer = connection.request("GET", "/v1/files/tree/" + name)
            assert answer.status in (200, 404), answer
            if answer.status == 200:
                sequence_of("/tree/" + name, answer.body)
                found.add(name)
        if self.gone:
            assert not found, f"removed, and still there: {found}"
        self.complete = False
        connection.request("DELETE", "/v1/files/tree?recursive=true")
        self.gone = True


def slowly(body):
    for at in range(0, len(body), 20_000):
        yield body[at : at + 20_000]
        time.sleep(0.001)  # So that a kill often finds it under way.


def load(one, writers, generator):
    """Writers at full speed until the server is killed, at a moment that the generator chooses."""
    may_write = threading.Event()
    may_write.set()
    failures = []

    def run(writer, seed):
        try:
            writer.run(seed, may_write)
        except BaseException as failure:  # noqa: BLE001 - it is raised again in the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(w, generator.getrandbits(32))) for w in writers]
    for thread in threads:
        thread.start()
    time.sleep(generator.uniform(0.02, 0.25))
    one.kill()
    may_write.clear()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), "a writer hangs"
    if failures:
        raise failures[0]


def check(one, writers):
    with one.connect() as connection:
        for writer in writers:
            writer.check(connection)
        expected = {
            p for w in writers if isinstance(w, Writer) for p, s in w.possible.items() if s != {ABSENT}
        }
        listing = connection.request("GET", "/v1/directories/?recursive=true&limit=10000").json()
        assert {item["path"] for item in listing["items"] if item["type"] == "file"} == expected
        for item in listing["items"]:
            if item["type"] == "file":
                assert (
                    int(connection.request("HEAD", "/v1/files" + item["path"]).header("content-length"))
                    == item["size"]
                )
    assert temporary_files(one.data) == []


@pytest.mark.bounded(60 + 3 * ROUNDS)
@pytest.mark.proves("durable")
def test_kill_9_under_parallel_writes_loses_nothing(server, seeded):
    one = server()
    writers = [Writer(one, number) for number in range(WRITERS)] + [TreeWriter(one)]
    began = time.monotonic()
    for number in range(ROUNDS):
        try:
            one.start()
            check(one, writers)
            load(one, writers, seeded)
            status, output = one.fsck()
            assert status == 0, f"fsck after the kill: {output}"
        except BaseException:
            print(f"in round {number} of seed {seeded.seed_value}")
            raise
    one.start()
    check(one, writers)
    assert one.stop() == 0
    status, output = one.fsck()
    assert status == 0, output
    total = sum(w.acknowledged for w in writers if isinstance(w, Writer))
    print(f"{ROUNDS} kills, {total} acknowledged writes, {time.monotonic() - began:.0f} s")
    assert total > 5 * ROUNDS, f"only {total} writes were acknowledged: the kills came too early to judge"


@pytest.mark.bounded(60)
def test_a_killed_upload_leaves_no_temporary_file(server):
    one = server()
    with one.start():
        connections = []
        for number in range(4):
            connection = one.connect()
            connection.open()
            connection.send(
                connection.head("PUT", f"/v1/files/half{number}", length=3_000_000) + b"x" * 1_500_000
            )
            connections.append(connection)
        with one.connect() as other:
            assert other.request("PUT", "/v1/files/whole", b"whole").status == 201
        one.kill()
    with one.start(), one.connect() as connection:
        assert temporary_files(one.data) == []
        assert [e["name"] for e in connection.request("GET", "/v1/files/").json()] == ["whole"]
        assert one.stop() == 0
    assert one.fsck()[0] == 0
