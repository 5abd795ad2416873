"""Conditional writes as a counter: many clients add one with `If-Match`, and no addition is lost."""

import threading

import pytest

from conftest import is_full

CLIENTS = 16
INCREMENTS = 10_000


@pytest.mark.bounded(300 if is_full() else 170)
def test_no_increment_is_lost(alice):
    """Each reads the number and its tag, and writes the next under the condition that the tag still holds;
    a 412 says that another was faster. Every success is one, and a tag is never good twice."""
    target = f"/v1/files{alice.base}/counter"
    assert alice("PUT", "/counter", b"0").status == 201
    lock = threading.Lock()
    left = [INCREMENTS]
    written, failures = [], []

    def run():
        mine = []
        try:
            with alice.server.connect(key=alice.connection.key) as client:
                while True:
                    with lock:
                        if left[0] == 0 or failures:
                            break
                        left[0] -= 1
                    mine.append(increment(client, target))
        except BaseException as failure:  # noqa: BLE001 - it is raised again below
            failures.append(failure)
        with lock:
            written.extend(mine)

    threads = [threading.Thread(target=run) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    assert int(alice("GET", "/counter").body) == INCREMENTS
    assert sorted(written) == list(range(1, INCREMENTS + 1))


def increment(client, target):
    """Adds one and returns the number that was written."""
    while True:
        got = client.request("GET", target)
        assert got.status == 200, got
        number = int(got.body) + 1
        put = client.request("PUT", target, b"%d" % number, {"If-Match": got.header("etag")})
        if put.status == 200:
            return number
        # Superseded: another writer held the lease of the same file with a later token.
        assert put.status == 412 or (put.status, put.code) == (409, "WRITE_SUPERSEDED"), put
