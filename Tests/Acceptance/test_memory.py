"""Memory does not grow with the size of a transfer or with their number.

The promise is 4 GiB, and 64 transfers of 1 GiB at once, under 96 MiB. CALLFS_FULL=1 runs exactly that (33
GiB of disk, some minutes); otherwise the sizes are smaller and everything else is the same, the number at
once included.
"""

import shutil
import threading

import pytest

from conftest import is_full
from harness.contents import Pattern
from harness.processes import memory, open_sockets, reset_peak_memory
from harness.waiting import wait_until

MEBIBYTE = 2**20
BOUND = 96 * MEBIBYTE
LARGE = 4096 * MEBIBYTE if is_full() else 384 * MEBIBYTE
EACH = 1024 * MEBIBYTE if is_full() else 24 * MEBIBYTE
AT_ONCE = 64


def need_disk(folder, size):
    free = shutil.disk_usage(folder).free
    if free < size + 2 * 2**30:
        pytest.skip(f"needs {size / 2**30:.0f} GiB of disk, {free / 2**30:.0f} GiB are free")


def assert_small(one, what):
    _, peak = memory(one.pid)
    print(f"{what}: peak {peak / MEBIBYTE:.1f} MiB resident")
    assert peak < BOUND, f"{what}: {peak / MEBIBYTE:.1f} MiB"


@pytest.mark.bounded(900 if is_full() else 120)
@pytest.mark.parametrize("form", ["announced", "chunked"])
@pytest.mark.proves("streams")
def test_one_large_transfer_stays_small(server, tmp_path, form):
    need_disk(tmp_path, LARGE)
    one = server()
    pattern = Pattern("large")
    with one.start(), one.connect() as connection:
        reset_peak_memory(one.pid)
        length = LARGE if form == "announced" else None
        answer = connection.request("PUT", "/v1/files/large", pattern.pieces(LARGE), length=length)
        assert answer.status == 201, answer
        assert_small(one, f"{form} upload of {LARGE // MEBIBYTE} MiB")
        checker = pattern.checker(LARGE)
        assert connection.request("GET", "/v1/files/large", sink=checker).status == 200
        checker.finish()
        assert_small(one, f"download of {LARGE // MEBIBYTE} MiB")


@pytest.mark.bounded(1800 if is_full() else 180)
def test_64_transfers_at_once_stay_small(server, tmp_path):
    """32 uploads and 32 downloads; all of them are half done before any may end."""
    need_disk(tmp_path, EACH * (AT_ONCE // 2 + 1))
    one = server()
    pattern = Pattern("many")
    half = threading.Barrier(AT_ONCE + 1)
    failures = []

    with one.start(), one.connect() as connection:
        answer = connection.request("PUT", "/v1/files/source", pattern.pieces(EACH), length=EACH)
        assert answer.status == 201
        reset_peak_memory(one.pid)
        idle = open_sockets(one.pid)

        def pace(offset):
            if offset >= EACH // 2 > offset - 256 * 1024:
                half.wait(900)

        def upload(number):
            with one.connect(timeout=900) as mine:
                target = f"/v1/files/upload{number}"
                answer = mine.request("PUT", target, pattern.pieces(EACH, pace=pace), length=EACH)
                assert answer.status == 201, answer

        def download(_):
            checker = pattern.checker(EACH)
            waited = False

            def sink(piece):
                nonlocal waited
                checker(piece)
                if not waited and checker.offset >= EACH // 2:
                    waited = True
                    half.wait(900)

            with one.connect(timeout=900, receive_buffer=256 * 1024) as mine:
                assert mine.request("GET", "/v1/files/source", sink=sink).status == 200
            checker.finish()

        def run(work, number):
            try:
                work(number)
            except BaseException as failure:  # noqa: BLE001 - it is raised again below
                failures.append(failure)
                half.abort()

        threads = [
            threading.Thread(target=run, args=(upload if n % 2 else download, n)) for n in range(AT_ONCE)
        ]
        for thread in threads:
            thread.start()
        try:
            half.wait(900)
            assert open_sockets(one.pid) >= AT_ONCE
            print(f"{AT_ONCE} half-done transfers: {memory(one.pid)[0] / MEBIBYTE:.1f} MiB resident")
        except threading.BrokenBarrierError:
            pass
        for thread in threads:
            thread.join(1700)
            assert not thread.is_alive(), "a transfer hangs"
        if failures:
            raise failures[0]
        assert_small(one, f"{AT_ONCE} transfers of {EACH // MEBIBYTE} MiB at once")
        checker = pattern.checker(EACH)
        with one.connect() as last:
            assert last.request("GET", f"/v1/files/upload{AT_ONCE - 1}", sink=checker).status == 200
        checker.finish()
        wait_until(lambda: open_sockets(one.pid) <= idle + 1, 20, "connections are given back")


@pytest.mark.bounded(120)
def test_readers_who_stop_reading_cost_little(server):
    """64 clients ask for a large file and read nothing: the server stops as well."""
    one = server()
    with one.start(), one.connect() as connection:
        body = b"r" * (16 * MEBIBYTE)
        assert connection.request("PUT", "/v1/files/file", body).status == 201
        reset_peak_memory(one.pid)
        readers = []
        for _ in range(AT_ONCE):
            reader = one.connect(receive_buffer=16 * 1024)
            reader.open()
            reader.send(reader.head("GET", "/v1/files/file"))
            readers.append(reader)
        for reader in readers:
            assert reader.response_head()[0] == 200
        assert_small(one, f"{AT_ONCE} stalled readers")
        for reader in readers:
            reader.close()
        assert connection.request("GET", "/v1/files/file").body == body


@pytest.mark.bounded(120)
def test_listing_a_large_directory_stays_small(server):
    """The stream of a listing is never held whole."""
    one = server(settings={"log.access": False})
    with one.start(), one.connect() as connection:
        name = "n" * 240
        for number in range(3_000):
            assert connection.request("PUT", f"/v1/files/d/{name}{number:05d}", b"").status == 201
        reset_peak_memory(one.pid)
        lines = 0
        for _ in range(5):
            answer = connection.request(
                "GET", "/v1/directories/d?recursive=true", headers={"Accept": "application/x-ndjson"}
            )
            lines = answer.body.count(b"\n")
        assert lines == 3_001
        assert_small(one, "a streamed listing")
