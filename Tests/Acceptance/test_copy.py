"""COPY, and POST with `copy_from`, from outside."""

import json
import threading
from urllib.parse import quote

import pytest


def copy(client, path, to, **fields):
    headers = {"Destination": f"/v1/files{client.base}{to}", **fields}
    return client("COPY", path, headers=headers)


def tree_of(client, path):
    items = client.listing(path, query="?recursive=true&limit=10000").json()["items"]
    prefix = client.base + path
    return {item["path"].removeprefix(prefix): (item["type"], item["size"]) for item in items}


@pytest.mark.parametrize("size", [0, 5, 100_000])
@pytest.mark.proves("copy")
def test_a_copied_file_is_its_original_until_one_changes(alice, size):
    alice("PUT", "/file", b"x" * size, {"Content-Type": "text/plain"})
    answer = copy(alice, "/file", "/new/copy")
    assert answer.status == 201, answer
    assert answer.header("location").endswith(alice.base + "/new/copy")
    got = alice("GET", "/new/copy")
    assert (got.body, got.header("content-type")) == (b"x" * size, "text/plain")
    assert got.header("etag") == answer.header("etag")
    alice("PUT", "/file", b"changed")
    assert alice("GET", "/new/copy").body == b"x" * size
    alice("DELETE", "/file")
    assert alice("GET", "/new/copy").body == b"x" * size


@pytest.mark.proves("copy")
def test_a_copied_directory_has_all_that_is_below(alice):
    for number in range(60):
        alice("PUT", f"/tree/{number % 3}/{number % 7}/{number}", str(number).encode())
    assert copy(alice, "/tree", "/copy").status == 201
    assert tree_of(alice, "/copy") == tree_of(alice, "/tree")
    for number in range(60):
        assert alice("GET", f"/copy/{number % 3}/{number % 7}/{number}").body == str(number).encode()
    assert alice("DELETE", "/tree", query="?recursive=true").status == 204
    assert alice("GET", "/copy/0/0/0").body == b"0"


@pytest.mark.proves("copy-no-overwrite")
def test_a_copy_replaces_a_file_only_when_told_to(alice):
    alice("PUT", "/one", b"one")
    alice("PUT", "/two", b"two")
    refused = copy(alice, "/one", "/two")
    assert (refused.status, refused.code) == (409, "FILE_ALREADY_EXISTS")
    assert copy(alice, "/one", "/two", Overwrite="F").status == 409
    assert alice("GET", "/two").body == b"two"
    assert copy(alice, "/one", "/two", Overwrite="T").status == 200
    assert alice("GET", "/two").body == b"one"


@pytest.mark.proves("copy-no-overwrite")
def test_a_directory_is_not_copied_into_itself_or_over_another(alice):
    alice("PUT", "/d/f", b"x")
    alice("POST", "/e/")
    for to in ("/d", "/d/deeper/still"):
        assert copy(alice, "/d", to).status == 400
    assert copy(alice, "/d", "/e", Overwrite="T").status == 409
    assert tree_of(alice, "") == {"/d": ("directory", 0), "/d/f": ("file", 1), "/e": ("directory", 0)}


@pytest.mark.proves("copy")
def test_post_copies_from_a_path(alice):
    alice("PUT", "/from/a%20b", b"one")
    query = "?copy_from=" + quote(alice.base + "/from/a b", safe="")
    assert alice("POST", "/to", query=query).status == 201
    assert alice("GET", "/to").body == b"one"
    assert alice("POST", "/to", query=query).status == 409
    assert alice("POST", "/to", query=query + "&overwrite=true").status == 200
    assert alice("POST", "/tree/", query="?copy_from=" + alice.base + "/from").status == 201
    assert alice("GET", "/tree/a%20b").body == b"one"
    assert alice("POST", "/other", b"body", query=query).status == 400


def test_a_whole_url_of_this_server_is_a_destination(alice, shared):
    alice("PUT", "/file", b"x")
    port = alice.connection.address[1]
    target = f"https://localhost:{port}/v1/files{alice.base}/copy"
    assert alice("COPY", "/file", headers={"Destination": target}).status == 201
    for bad in (f"https://elsewhere/v1/files{alice.base}/c", "/elsewhere", "", None):
        answer = alice("COPY", "/file", headers={} if bad is None else {"Destination": bad})
        assert (answer.status, answer.code) == (400, "INVALID_REQUEST"), bad


def test_what_may_not_be_read_refuses_the_whole_copy(folder):
    alice, bob = folder("alice"), folder("bob")
    alice("PUT", "/d/open", b"x")
    alice("PUT", "/d/e/closed", b"x", {"X-CallFS-Mode": "0600"})
    answer = copy(bob, "/d", "/mine")
    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")
    assert answer.json()["decided_by"]["path"] == alice.base + "/d/e/closed"
    assert bob("GET", "/mine").status == 404
    assert copy(folder("zoe"), "/d", "/hers").status == 201
    head = alice("HEAD", "/hers/e/closed")
    assert (head.header("x-callfs-uid"), head.header("x-callfs-mode")) == ("0", "0600")


@pytest.mark.proves("copy-one-instant")
def test_a_copy_is_the_tree_of_one_instant(alice):
    """While two files are always changed in one order, no copy shows the later change without the first."""
    for name in ("a", "b"):
        alice("PUT", f"/tree/{name}/file", b"0")
    stop = threading.Event()
    failures = []

    def write():
        client = type(alice)(alice.server, alice.connection.key, alice.base)
        number = 0
        while not stop.is_set():
            number += 1
            for name in ("a", "b"):
                status = client("PUT", f"/tree/{name}/file", str(number).encode()).status
                if status != 200:
                    failures.append(status)
                    return
        client.connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for turn in range(25):
            answer = copy(alice, "/tree", f"/copies/{turn}")
            assert answer.status in (201, 409), answer
            if answer.status == 409:
                assert answer.code == "WRITE_SUPERSEDED"
                continue
            first, second = (int(alice("GET", f"/copies/{turn}/{name}/file").body) for name in ("a", "b"))
            assert first - second in (0, 1), (first, second)
    finally:
        stop.set()
        writer.join()
    assert not failures
    assert any(alice("HEAD", f"/copies/{turn}").status == 200 for turn in range(25))


@pytest.mark.bounded(120)
def test_a_large_directory_moves_and_is_copied_whole_and_a_larger_one_is_not_copied(alice):
    """Ten thousand files are one copy; one more is refused, and nothing of it stays."""
    connection = alice.connection
    for number in range(100):
        connection.request("PUT", f"/v1/files{alice.base}/tree/seed/{number}", b"x")
    for number in range(98):
        assert copy(alice, "/tree/seed", f"/tree/{number:02}").status == 201
    # 99 directories with 100 files each, and one file: exactly the bound.
    assert alice("PUT", "/tree/file", b"x").status == 201
    assert copy(alice, "/tree", "/copy").status == 201
    assert alice("GET", "/copy/97/99").body == b"x"
    moved = alice(
        "PATCH",
        "/copy",
        json.dumps({"destination": alice.base + "/moved"}).encode(),
        {"Content-Type": "application/json"},
    )
    assert moved.status == 200
    assert alice("GET", "/moved/97/99").body == b"x"
    assert alice("PUT", "/tree/more", b"x").status == 201
    refused = copy(alice, "/tree", "/larger")
    assert (refused.status, refused.code) == (413, "PAYLOAD_TOO_LARGE")
    assert alice("HEAD", "/larger").status == 404
