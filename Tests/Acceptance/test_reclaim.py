"""P6: what is replaced or deleted gives its room back within the grace, and what is referenced stays."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.contents import described, sequence_of
from harness.processes import deleted_but_open, disk_use, files_below, temporary_files
from harness.waiting import wait_until

FILES = 10_000
GRACE = "30s"  # The shortest that the configuration takes.
WRITERS = 4
SIZES = (200, 4_000, 20_000)  # Two of three are inline by default.
# Shard directories (256 of 4 KiB), the log of the metadata store, and pages that it keeps for reuse.
TOLERANCE = 12 * 2**20


def in_parallel(one, method, bodies):
    """One request a file, over a keep-alive connection a writer; returns the statuses that occurred, and
    prints what a failure says of itself."""

    def work(writer):
        seen = set()
        with one.connect() as connection:
            for number in range(writer, FILES, WRITERS):
                body = bodies(number) if bodies else None
                answer = connection.request(method, f"/v1/files/d{number % 7}/{number}", body)
                seen.add(answer.status)
                if answer.status >= 300:
                    print(method, number, answer)
        return seen

    with ThreadPoolExecutor(WRITERS) as pool:
        return set().union(*pool.map(work, range(WRITERS)))


@pytest.mark.bounded(240)
def test_disk_use_returns_to_its_base_line_after_10_000_files(server):
    one = server(settings={"limits.reclaim_grace": GRACE, "log.access": False})
    with one.start(), one.connect() as connection:
        assert connection.request("PUT", "/v1/files/kept", described("kept", 1, 50_000)).status == 201
        base = disk_use(one.data)
        began = time.monotonic()
        assert in_parallel(one, "PUT", lambda n: described(f"{n}", 1, SIZES[n % 3])) == {201}
        high = disk_use(one.data)
        assert in_parallel(one, "PUT", lambda n: described(f"{n}", 2, SIZES[(n + 1) % 3])) == {200}
        for number in range(0, FILES, 997):
            body = connection.request("GET", f"/v1/files/d{number % 7}/{number}").body
            assert sequence_of(f"{number}", body) == 2
        assert in_parallel(one, "DELETE", None) == {204}
        wrote = time.monotonic() - began

        def is_back():
            return disk_use(one.data) <= base + TOLERANCE

        deadline = 100
        try:
            wait_until(is_back, deadline, "disk use is back", interval=0.25)
        finally:
            print(
                f"base {base / 2**20:.1f} MiB, {high / 2**20:.1f} MiB with {FILES} files, "
                f"{disk_use(one.data) / 2**20:.1f} MiB in the end; {3 * FILES} writes in {wrote:.0f} s"
            )
        wait_until(lambda: len(files_below(one.data / ".callfs" / "objects")) == 1, 30, "one object is left")
        assert temporary_files(one.data) == []
        wait_until(
            lambda: not deleted_but_open(one.pid), 10, "no descriptor keeps the room of deleted objects"
        )
        assert sequence_of("kept", connection.request("GET", "/v1/files/kept").body) == 1
        assert one.stop() == 0
    status, output = one.fsck()
    assert status == 0, output


@pytest.mark.bounded(180)
def test_removed_trees_go_after_a_kill_too_and_no_reader_is_cut(server):
    """One grace for three facts: a removed tree gives its room back, a kill in between changes nothing of it,
    and a download that began before the removal ends whole although its object is gone."""
    one = server(settings={"limits.reclaim_grace": GRACE, "backend.inline_max_bytes": 0})
    objects = one.data / ".callfs" / "objects"
    body = described("big", 1, 30_000_000)
    with one.start(), one.connect() as connection:
        for number in range(300):
            path = f"tree/{number % 5}/{number % 11}/{number}"
            answer = connection.request("PUT", f"/v1/files/{path}", described(f"{number}", 1, 9_000))
            assert answer.status == 201
        assert len(files_below(objects)) == 300
        assert connection.request("DELETE", "/v1/files/tree?recursive=true").status == 204
        one.kill()
    with one.start(), one.connect() as connection, one.connect(receive_buffer=65536) as reader:
        assert connection.request("PUT", "/v1/files/big", body).status == 201
        reader.send(reader.head("GET", "/v1/files/big"))
        assert reader.response_head()[0] == 200
        assert connection.request("DELETE", "/v1/files/big").status == 204

        def is_gone():
            reader.exactly(5_000, parts.append)  # A reader that took nothing would be cut for that.
            return not files_below(objects)

        parts = []
        wait_until(is_gone, 90, "all objects are gone", interval=0.1)
        reader.exactly(len(body) - sum(map(len, parts)), parts.append)
        assert sequence_of("big", b"".join(parts)) == 1
        assert one.stop() == 0
    assert one.fsck()[0] == 0


@pytest.mark.bounded(120)
def test_an_orphan_is_swept_and_nothing_else(server):
    """An object without a row (a crash between content and commit leaves one) goes when it is old enough."""
    settings = {"limits.reclaim_grace": GRACE, "backend.inline_max_bytes": 0}
    one = server(settings=settings)
    objects = one.data / ".callfs" / "objects"
    with one.start(), one.connect() as connection:
        assert connection.request("PUT", "/v1/files/kept", b"kept" * 3_000).status == 201
        (kept,) = files_below(objects)
        assert one.stop() == 0
    # The same form with other times, which an identifier begins with (RFC 9562, version 7): of long ago, and
    # of a future in which somebody may still be writing.
    name = kept.rsplit("/", 1)[1]
    old, young = "01000000" + name[8:], "7fffffff" + name[8:]
    for forged in (old, young):
        path = objects / forged[-2:] / forged
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"nobody refers to this")
        path.chmod(0o600)
    with one.start(), one.connect() as connection:
        wait_until(
            lambda: old not in {name.rsplit("/", 1)[1] for name in files_below(objects)},
            60,
            "the orphan is swept",
            interval=0.1,
        )
        assert {name.rsplit("/", 1)[1] for name in files_below(objects)} == {name, young}
        assert connection.request("GET", "/v1/files/kept").body == b"kept" * 3_000
        assert one.stop() == 0
    assert one.fsck()[0] == 0
