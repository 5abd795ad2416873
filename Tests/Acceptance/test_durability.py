"""P3, seen from the kernel: under strace, the 2xx leaves only after every sync that the write needs, in
order."""

import os
import re
import shutil
import subprocess

import pytest

from harness import strace
from harness.waiting import wait_until

SYNCS = ("fsync", "fdatasync")
WRITES = ("write", "writev", "pwrite64", "pwritev", "pwritev2")
SENDS = ("write", "writev", "sendto", "sendmsg")
LARGE = 300_000
SMALL = 500


def can_trace():
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not can_trace(), reason="strace is missing or may not trace here")


class Trace:
    """The calls of the server around one request: the one with this number among those with this marker."""

    def __init__(self, one, output, marker, number):
        self.data = str(one.data)

        def events():
            found = strace.parse(output.read_text(errors="replace"))
            received = [
                e
                for e in found
                if e.name in ("read", "recvfrom", "recvmsg", "readv") and marker in e.arguments
            ]
            if len(received) <= number:
                return None
            request = received[number]
            answers = [
                e
                for e in found
                if e.name in SENDS
                and e.start > request.end
                and "TCP" in e.target
                and "HTTP/1.1 2" in e.arguments
            ]
            return (found, request, answers[0]) if answers else None

        found, self.request, self.answer = wait_until(
            events, 10, f"request and answer of {marker} in the trace"
        )
        self.calls = [
            e
            for e in found
            if e.start > self.request.start and e.end < self.answer.start and (e.result or 0) >= 0
        ]

    def explain(self):
        return "\n".join(map(repr, [self.request, *self.calls, self.answer]))

    def one_after(self, what, after, condition):
        """The first call after the end of another that meets a condition."""
        for event in self.calls:
            if event.start > after.end and condition(event):
                return event
        pytest.fail(f"before the answer there is no {what} after {after!r}:\n{self.explain()}")

    def is_log(self, event):
        return event.target.startswith(self.data) and event.target.endswith("-wal")

    def expect_log(self, after, needle=None):
        """A write to the log (holding `needle`) and, after the last such write, a sync of it, both before
        the answer."""
        writes = [
            e
            for e in self.calls
            if e.start > after.end
            and e.name in WRITES
            and self.is_log(e)
            and (needle is None or needle in e.arguments)
        ]
        if not writes:
            pytest.fail(f"before the answer nothing is written to the log after {after!r}:\n{self.explain()}")
        return self.one_after("sync of the log", writes[-1], lambda e: e.name in SYNCS and self.is_log(e))

    def expect_content(self, size):
        """Content written, synced, named, and the directory of the name synced; returns the last of these."""
        objects = os.path.join(self.data, ".callfs")
        written = [
            e
            for e in self.calls
            if e.name in (*WRITES, "splice", "copy_file_range")
            and e.target.startswith(objects)
            and not self.is_log(e)
        ]
        assert sum(e.result for e in written) >= size, f"the content was not written:\n{self.explain()}"
        file = re.sub(r"\(deleted\)$", "", written[-1].target)
        synced = self.one_after(
            "sync of the content", written[-1], lambda e: e.name in SYNCS and e.target == file
        )

        def names_it(event):
            return event.name in ("rename", "renameat", "renameat2", "link", "linkat")

        named = self.one_after("naming of the content", synced, names_it)
        directory = self.directory_of_name(named)
        return self.one_after(
            f"sync of the directory {directory}", named, lambda e: e.name in SYNCS and e.target == directory
        )

    def directory_of_name(self, named):
        """The directory that gets the new name: the second directory of the call, and what the name says
        below it."""
        directories = re.findall(r"(?:AT_FDCWD|\d+)<([^>]*)>", named.arguments)
        new_name = named.names[-1]
        base = new_name if new_name.startswith("/") else os.path.join(directories[-1], new_name)
        return os.path.dirname(base)

    def expect_made_directories_synced(self):
        """A directory made on the way is itself an entry that a power cut may take."""
        for made in [e for e in self.calls if e.name in ("mkdir", "mkdirat") and e.result == 0]:
            directories = re.findall(r"(?:AT_FDCWD|\d+)<([^>]*)>", made.arguments)
            name = made.names[-1]
            parent = os.path.dirname(name if name.startswith("/") else os.path.join(directories[-1], name))
            self.one_after(f"sync of {parent}", made, lambda e: e.name in SYNCS and e.target == parent)


@pytest.fixture
def traced(server, tmp_path):
    """Performs one marked request on a traced server and returns what the kernel saw of it."""
    output = tmp_path / "trace"
    one = server(settings={"server.protocol": "http"}, wrapper=strace.command(output))
    with one.start(), one.connect() as connection:

        performed = {}

        def perform(method, name, body=None, query=""):
            marker = f"{method} /v1/files/{name}{query} "
            number = performed[marker] = performed.get(marker, -1) + 1
            answer = connection.request(method, f"/v1/files/{name}{query}", body)
            assert 200 <= answer.status < 300, answer
            return Trace(one, output, marker, number)

        yield perform


def marked(size):
    return b"CONTENT-MARK-" + b"m" * (size - 13)


@pytest.mark.parametrize("existing", [False, True], ids=["create", "replace"])
@pytest.mark.proves("durable")
def test_a_content_on_disk_is_synced_before_the_answer(traced, existing):
    if existing:
        traced("PUT", "file", b"o" * LARGE)
    trace = traced("PUT", "folder/file" if not existing else "file", marked(LARGE))
    last = trace.expect_content(LARGE)
    trace.expect_log(after=last)
    trace.expect_made_directories_synced()


@pytest.mark.parametrize("existing", [False, True], ids=["create", "replace"])
def test_an_inline_content_is_synced_before_the_answer(traced, existing):
    if existing:
        traced("PUT", "file", b"o" * SMALL)
    trace = traced("PUT", "file", marked(SMALL))
    trace.expect_log(after=trace.request, needle="CONTENT-MARK-")


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["inline", "on disk"])
@pytest.mark.parametrize("query", ["", "?recursive=true"])
def test_a_removal_is_synced_before_the_answer(traced, size, query):
    traced("PUT", "file", b"o" * size)
    trace = traced("DELETE", "file", query=query)
    trace.expect_log(after=trace.request)
    assert not [
        e for e in trace.calls if e.name in ("unlink", "unlinkat") and "objects" in e.arguments
    ], "bytes are deleted a grace after the removal, not with it"


@pytest.mark.parametrize("method, name", [("POST", "new/"), ("POST", "file")])
def test_a_creation_by_post_is_synced_before_the_answer(traced, method, name):
    trace = traced(method, name, None if name.endswith("/") else marked(SMALL))
    trace.expect_log(after=trace.request)


def test_the_second_content_of_a_shard_is_synced_too(traced):
    """Shards are made once; every later content still needs its own directory sync."""
    for number in range(4):
        trace = traced("PUT", f"file{number}", marked(LARGE))
        trace.expect_log(after=trace.expect_content(LARGE))
        trace.expect_made_directories_synced()
