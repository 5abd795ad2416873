"""P6: what is replaced or deleted gives its room back within the grace, and what is referenced stays."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.contents import described, sequence_of
from harness.processes import disk_use, files_below, temporary_files
from harness.waiting import wait_until

FILES = 10_000
WRITERS = 4
SIZES = (200, 4_000, 20_000)  # Two of three are inline by default.
# Shard directories (256 of 4 KiB), the log of the metadata store, and pages that it keeps for reuse.
TOLERANCE = 12 * 2**20


def in_parallel(one, method, bodies):
    """One request a file, over a keep-alive connection a writer; returns the statuses that occurred."""

    def work(writer):
        seen = set()
        with one.connect() as connection:
            for number in range(writer, FILES, WRITERS):
                body = bodies(number) if bodies else None
                seen.add(connection.request(method, f"/v1/files/d{number % 7}/{number}", body).status)
        return seen

    with ThreadPoolExecutor(WRITERS) as pool:
        return set().union(*pool.map(work, range(WRITERS)))


@pytest.mark.bounded(240)
def test_disk_use_returns_to_its_base_line_after_10_000_files(server):
    one = server(settings={"limits.reclaim_grace": "1s", "log.access": False})
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

        deadline = 60
        try:
            wait_until(is_back, deadline, "disk use is back", interval=0.25)
        finally:
            print(
                f"base {base / 2**20:.1f} MiB, {high / 2**20:.1f} MiB with {FILES} files, "
                f"{disk_use(one.data) / 2**20:.1f} MiB in the end; {3 * FILES} writes in {wrote:.0f} s"
            )
        wait_until(lambda: len(files_below(one.data / ".callfs" / "objects")) == 1, 30, "one object is left")
        assert temporary_files(one.data) == []
        assert sequence_of("kept", connection.request("GET", "/v1/files/kept").body) == 1
        assert one.stop() == 0
    status, output = one.fsck()
    assert status == 0, output


@pytest.mark.bounded(120)
def test_a_removed_tree_gives_its_room_back(server):
    one = server(settings={"limits.reclaim_grace": "1s", "backend.inline_max_bytes": 0})
    with one.start(), one.connect() as connection:
        for number in range(300):
            body = described(f"{number}", 1, 9_000)
            assert (
                connection.request("PUT", f"/v1/files/tree/{number % 5}/{number % 11}/{number}", body).status
                == 201
            )
        objects = one.data / ".callfs" / "objects"
        assert len(files_below(objects)) == 300
        assert connection.request("DELETE", "/v1/files/tree?recursive=true").status == 204
        wait_until(lambda: not files_below(objects), 40, "all objects are gone", interval=0.1)
        assert one.stop() == 0
    assert one.fsck()[0] == 0


@pytest.mark.bounded(120)
def test_the_reclaim_goes_on_after_a_kill(server):
    one = server(settings={"limits.reclaim_grace": "2s", "backend.inline_max_bytes": 0})
    objects = one.data / ".callfs" / "objects"
    with one.start(), one.connect() as connection:
        for number in range(100):
            assert connection.request("PUT", f"/v1/files/{number}", b"x" * 9_000).status == 201
        for number in range(100):
            assert connection.request("DELETE", f"/v1/files/{number}").status == 204
        one.kill()
    with one.start():
        wait_until(lambda: not files_below(objects), 40, "all objects are gone", interval=0.1)
        assert one.stop() == 0


@pytest.mark.bounded(120)
def test_an_orphan_is_swept_and_nothing_else(server):
    """An object without a row (a crash between content and commit leaves one) goes when it is old enough."""
    settings = {"limits.reclaim_grace": "1s", "limits.sweep_age": "2s", "backend.inline_max_bytes": 0}
    one = server(settings=settings)
    objects = one.data / ".callfs" / "objects"
    with one.start(), one.connect() as connection:
        assert connection.request("PUT", "/v1/files/kept", b"kept" * 3_000).status == 201
        (kept,) = files_below(objects)
        assert one.stop() == 0
    # A forged object of the same form, with an id that is older by its leading time bits.
    name = kept.split("/")[-1]
    digits = [c for c in name]
    for at in range(len(digits) - 1, -1, -1):
        if digits[at] in "0123456789abcdef":
            digits[at] = "0" if digits[at] != "0" else "1"
            break
    orphan = objects / kept.rsplit("/", 1)[0] / "".join(digits)
    orphan.write_bytes(b"nobody refers to this")
    orphan.chmod(0o600)
    with one.start(), one.connect() as connection:
        wait_until(lambda: files_below(objects) == [kept], 60, "the orphan is swept", interval=0.1)
        assert connection.request("GET", "/v1/files/kept").body == b"kept" * 3_000
        assert one.stop() == 0
    assert one.fsck()[0] == 0


def test_a_reader_is_not_cut_by_the_reclaim(server):
    """A download that began before the removal ends whole although the grace has passed."""
    one = server(settings={"limits.reclaim_grace": "1s"})
    body = described("big", 1, 30_000_000)
    with one.start(), one.connect() as connection, one.connect(receive_buffer=65536) as reader:
        assert connection.request("PUT", "/v1/files/big", body).status == 201
        reader.send(reader.head("GET", "/v1/files/big"))
        assert reader.response_head()[0] == 200
        assert connection.request("DELETE", "/v1/files/big").status == 204
        wait_until(
            lambda: not files_below(one.data / ".callfs" / "objects"), 40, "the object is gone", interval=0.1
        )
        parts = []
        reader.exactly(len(body), parts.append)
        assert sequence_of("big", b"".join(parts)) == 1
