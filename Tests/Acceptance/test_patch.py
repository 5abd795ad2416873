"""PATCH: renames, moves and attributes, from outside."""

import json
import threading

import pytest


def patch(client, path, headers=(), **members):
    fields = {"Content-Type": "application/json", **dict(headers)}
    return client("PATCH", path, json.dumps(members).encode(), fields)


def move(client, path, to, **members):
    return patch(client, path, destination=client.base + to, **members)


@pytest.mark.proves("rename")
def test_a_renamed_file_is_the_same_file(alice):
    made = alice("PUT", "/old", b"hello", {"Content-Type": "text/plain"})
    answer = patch(alice, "/old", name="new é")
    assert answer.status == 200, answer
    assert answer.header("location").endswith(alice.base + "/new%20%C3%A9")
    assert answer.header("etag") == made.header("etag")
    assert answer.json()["name"] == "new é"
    got = alice("GET", "/new%20%C3%A9")
    assert (got.body, got.header("content-type")) == (b"hello", "text/plain")
    assert alice("GET", "/old").status == 404


@pytest.mark.proves("rename")
def test_a_directory_moves_with_what_is_below_it(alice):
    for number in range(20):
        alice("PUT", f"/tree/{number % 3}/{number}", str(number).encode())
    assert move(alice, "/tree", "/a/b/moved", create_parents=True).status == 200
    for number in range(20):
        assert alice("GET", f"/a/b/moved/{number % 3}/{number}").body == str(number).encode()
    assert alice("GET", "/tree").status == 404
    assert move(alice, "/a/b/moved", "/a/b/moved/deeper").status == 400


@pytest.mark.proves("move-no-overwrite")
def test_a_move_replaces_only_when_told_to(alice):
    alice("PUT", "/one", b"one")
    alice("PUT", "/two", b"two")
    refused = move(alice, "/one", "/two")
    assert (refused.status, refused.code) == (409, "FILE_ALREADY_EXISTS")
    assert refused.json()["existing_path"] == alice.base + "/two"
    assert alice("GET", "/two").body == b"two"
    assert move(alice, "/one", "/two", overwrite=True).status == 200
    assert alice("GET", "/two").body == b"one"
    assert alice("GET", "/one").status == 404


@pytest.mark.proves("attributes")
def test_attributes_are_what_was_asked_for_and_stay(alice):
    alice("PUT", "/file", b"x")
    answer = patch(
        alice, "/file", mode="4711", mtime="1999-12-31T23:59:59.123456789Z", content_type="text/html"
    )
    assert answer.status == 200, answer
    head = alice("HEAD", "/file")
    assert head.header("x-callfs-mode") == "4711"
    assert head.header("x-callfs-mtime") == "1999-12-31T23:59:59.123456789Z"
    assert head.header("content-type") == "text/html"
    assert head.header("etag") == answer.header("etag")
    assert patch(alice, "/file", content_type=None).status == 200
    assert alice("HEAD", "/file").header("content-type") == "application/octet-stream"


@pytest.mark.proves("give-away")
def test_only_the_superuser_gives_a_file_away(folder):
    alice, zoe = folder("alice"), folder("zoe")
    alice("PUT", "/file", b"x", {"X-CallFS-Mode": "0600"})
    assert patch(alice, "/file", uid=1002).status == 403
    answer = patch(zoe, "/file", uid=1002, gid=1003)
    assert (answer.header("x-callfs-uid"), answer.header("x-callfs-gid")) == ("1002", "1003")
    assert alice("GET", "/file").status == 403
    assert folder("bob")("GET", "/file").body == b"x"


def test_a_move_asks_for_the_rights_of_rename(folder):
    alice, bob = folder("alice"), folder("bob")
    alice("POST", "/from/", headers={"X-CallFS-Mode": "0755"})
    alice("POST", "/to/", headers={"X-CallFS-Mode": "0777"})
    alice("PUT", "/from/file", b"x", {"X-CallFS-Mode": "0666"})
    assert move(bob, "/from/file", "/to/file").status == 403
    assert patch(alice, "/from/", mode="0777").status == 200
    assert move(bob, "/from/file", "/to/file").status == 200
    alice("POST", "/from/hers/", headers={"X-CallFS-Mode": "0755"})
    # A directory that gets another parent must be writable, for its `..` changes; a rename in place not.
    assert patch(bob, "/from/hers", name="his").status == 200
    assert move(bob, "/from/his", "/to/his").status == 403
    patch(alice, "/to/", mode="1777")
    assert move(bob, "/to/file", "/from/file").status == 403, "the sticky bit keeps alice's file"


@pytest.mark.proves("attributes")
def test_a_move_and_attributes_happen_together_or_not_at_all(alice):
    alice("PUT", "/file", b"x")
    assert patch(alice, "/file", name="moved", uid=0).status == 403
    assert alice("HEAD", "/file").status == 200
    answer = patch(alice, "/file", name="moved", mode="0600")
    assert (answer.status, answer.header("x-callfs-mode")) == (200, "0600")


def test_a_condition_holds_in_the_instant_of_the_move(alice):
    tag = alice("PUT", "/file", b"one").header("etag")
    alice("PUT", "/file", b"two")
    assert patch(alice, "/file", {"If-Match": tag}, name="moved").status == 412
    tag = alice("HEAD", "/file").header("etag")
    assert patch(alice, "/file", {"If-Match": tag}, name="moved").status == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
@pytest.mark.proves("patch-types")
def test_a_body_of_another_type_is_refused(alice, kind):
    alice("PUT", "/file", b"x")
    answer = alice("PATCH", "/file", b'{"name":"moved"}', {"Content-Type": kind} if kind else {})
    assert (answer.status, answer.code) == (415, "INVALID_REQUEST")
    assert "application/merge-patch+json" in answer.header("accept-patch")


@pytest.mark.parametrize(
    "members, word",
    [
        ({}, "nothing"),
        ({"colour": 1}, "colour"),
        ({"mode": "999"}, "mode"),
        ({"uid": "0"}, "uid"),
        ({"backend": "s3"}, "backend"),
        ({"instance": "other"}, "instance"),
        ({"storage_class": "cold"}, "storage_class"),
        ({"destination": "relative"}, "absolute"),
        ({"destination": "/a/../b"}, ".."),
        ({"name": "a/b"}, "slash"),
        ({"name": "a", "destination": "/b"}, "destination"),
    ],
)
@pytest.mark.proves("json-known")
def test_what_is_not_understood_is_refused_by_name(alice, members, word):
    alice("PUT", "/file", b"x")
    answer = patch(alice, "/file", **members)
    assert answer.status == 400, answer
    assert word in answer.json()["message"]


def test_of_many_movers_one_wins(folder):
    """One file, eight movers at once, each to a name of its own: it goes to exactly one."""
    alice = folder("alice")
    for turn in range(5):
        alice("PUT", "/file", b"x")
        statuses = [None] * 8
        clients = [type(alice)(alice.server, alice.connection.key, alice.base) for _ in statuses]

        def run(index, clients=clients, statuses=statuses, turn=turn):
            statuses[index] = patch(clients[index], "/file", name=f"{turn}-{index}").status
            clients[index].connection.close()

        threads = [threading.Thread(target=run, args=(index,)) for index in range(len(statuses))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200] + [404] * 7, statuses
        winner = statuses.index(200)
        assert alice("GET", f"/{turn}-{winner}").body == b"x"
        assert alice("GET", "/file").status == 404


def test_directories_that_race_into_each_other_never_become_a_loop(folder):
    """`a` into `b` while `b` goes into `a`: the loser hears that it cannot be, and both stay reachable."""
    alice = folder("alice")
    for turn in range(10):
        base = f"/{turn}"
        for name in ("a", "b"):
            assert alice("PUT", f"{base}/{name}/file", name.encode()).status == 201
        statuses = {}

        def run(name, other, base=base, statuses=statuses):
            client = type(alice)(alice.server, alice.connection.key, alice.base)
            statuses[name] = move(client, f"{base}/{name}", f"{base}/{other}/inside").status
            client.connection.close()

        threads = [threading.Thread(target=run, args=pair) for pair in (("a", "b"), ("b", "a"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses.values()) == [200, 404], statuses
        items = alice.listing(base, query="?recursive=true").json()["items"]
        assert sorted(item["type"] for item in items) == ["directory"] * 2 + ["file"] * 2, items
