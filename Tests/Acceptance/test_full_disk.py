"""A full disk: 507, the old content intact, a server that lives and works again when there is room."""

import os
import subprocess

import pytest

from harness.contents import described, sequence_of
from harness.waiting import wait_until

MEBIBYTE = 2**20


def can_mount(folder):
    if os.geteuid() != 0:
        return False
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "callfs-test", folder], capture_output=True
    )
    if done.returncode == 0:
        subprocess.run(["umount", folder], check=True)
    return done.returncode == 0


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    if not can_mount(folder):
        pytest.skip("mounting a tmpfs needs root and the right to mount")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "callfs-test", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def free(folder):
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


def leave(folder, rest):
    """Fills the disk from outside until `rest` bytes are free."""
    with open(folder / "filler", "ab") as filler:
        while (over := free(folder) - rest) > 0:
            filler.write(b"\0" * min(over, MEBIBYTE))
            filler.flush()


def assert_full(answer):
    assert (answer.status, answer.code) == (507, "INSUFFICIENT_STORAGE"), answer


@pytest.mark.parametrize("where", ["everything", "contents only"])
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
@pytest.mark.proves("no-room")
def test_a_content_that_does_not_fit_is_507_and_changes_nothing(server, small_disk, where, announced):
    settings = {}
    if where == "contents only":
        settings["backend.localfs_root_path"] = str(small_disk)
        one = server(settings=settings)
    else:
        one = server(settings=settings, data=small_disk / "data")
    old = described("old", 1, 2 * MEBIBYTE)
    big = b"b" * (32 * MEBIBYTE)

    def put(connection, name, body):
        pieces = None if announced else (body[at : at + 65536] for at in range(0, len(body), 65536))
        answer = connection.request("PUT", "/v1/files/" + name, pieces or body)
        connection.close()
        return answer

    with one.start(), one.connect() as connection:
        assert put(connection, "old", old).status == 201
        tag = connection.request("HEAD", "/v1/files/old").header("etag")
        for _ in range(3):
            assert_full(put(connection, "old", big))
            assert_full(put(connection, "new", big))
        assert connection.request("HEAD", "/v1/files/new").status == 404
        assert connection.request("HEAD", "/v1/files/old").header("etag") == tag
        assert sequence_of("old", connection.request("GET", "/v1/files/old").body) == 1
        assert connection.request("GET", "/health").status == 200
        # The room of the failed uploads is free again: what fits, fits.
        assert put(connection, "fits", b"f" * (8 * MEBIBYTE)).status == 201
        assert connection.request("GET", "/v1/files/fits").body == b"f" * (8 * MEBIBYTE)
        assert one.stop() == 0
    assert one.fsck()[0] == 0


@pytest.mark.bounded(120)
@pytest.mark.parametrize("size", [10_000, 100_000], ids=["inline", "on disk"])
def test_a_disk_that_fills_up_refuses_until_there_is_room(server, small_disk, size):
    """Everything, the metadata too, on a disk that somebody else fills."""
    one = server(settings={"log.access": False}, data=small_disk / "data")
    with one.start(), one.connect() as connection:
        state = {}

        def put(name, sequence):
            answer = connection.request("PUT", f"/v1/files/{name}", described(name, sequence, size))
            assert answer.status in (200, 201, 507), answer
            if answer.status == 507:
                assert answer.code == "INSUFFICIENT_STORAGE"
            else:
                state[name] = sequence
            return answer.status

        def check():
            for name, sequence in state.items():
                answer = connection.request("GET", f"/v1/files/{name}")
                assert answer.status == 200, (name, answer)
                assert sequence_of(name, answer.body) == sequence
            names = {e["name"] for e in connection.request("GET", "/v1/files/").json()}
            assert names == set(state)

        for number in range(10):
            assert put(f"old{number}", 1) == 201
        leave(small_disk, 4 * size + 300_000)
        statuses = [put(f"new{number}", 1) for number in range(400)]
        assert 507 in statuses, "the disk never was full"
        refused = [put(f"old{number}", 2) for number in range(10)]
        assert 507 in refused
        check()
        assert connection.request("GET", "/health").status == 200

        leave(small_disk, 0)
        assert put("none", 1) == 507
        check()

        os.unlink(small_disk / "filler")
        assert put("again", 1) == 201
        assert put("old0", 3) == 200
        assert connection.request("DELETE", "/v1/files/old1").status == 204
        del state["old1"]
        check()
        one.kill()
    with one.start(), one.connect() as connection:
        check()
        assert one.stop() == 0
    assert one.fsck()[0] == 0


@pytest.mark.bounded(120)
def test_a_start_on_a_full_disk_is_a_sentence_or_a_working_server(server, small_disk):
    one = server(data=small_disk / "data")
    with one.start(), one.connect() as connection:
        assert connection.request("PUT", "/v1/files/old", described("old", 1, 50_000)).status == 201
        assert one.stop() == 0
    leave(small_disk, 0)
    one.launch()
    try:

        def settled():
            if one.process.poll() is not None:
                return "ended"
            try:
                return "ready" if one.is_ready() else None
            except AssertionError:
                return "ended"

        wait_until(settled, 20, "ready, or ended with a sentence")
        os.unlink(small_disk / "filler")
    finally:
        one.kill()
    with one.start(), one.connect() as connection:
        assert sequence_of("old", connection.request("GET", "/v1/files/old").body) == 1
