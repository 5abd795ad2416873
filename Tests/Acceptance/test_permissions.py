"""Permissions, as Linux decides them, for an owner (alice), a stranger (bob), a group member (carol) and uid
0 (zoe)."""

import pytest


def refused(answer):
    return (answer.status, answer.code if answer.body else None) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    "mode, owner, member, stranger",
    [
        ("0600", True, False, False),
        ("0640", True, True, False),
        ("0604", True, False, True),
        ("0644", True, True, True),
        ("0044", False, True, True),
        ("0400", True, False, False),
        ("0060", False, True, False),
        ("0007", False, False, True),
        ("0000", False, False, False),
    ],
)
@pytest.mark.proves("one-class")
def test_exactly_one_class_of_bits_decides_who_reads(folder, mode, owner, member, stranger):
    alice = folder("alice")
    alice("PUT", "/file", b"x", {"X-CallFS-Mode": mode})
    for name, allowed in [("alice", owner), ("carol", member), ("bob", stranger), ("zoe", True)]:
        answer = folder(name)("GET", "/file")
        assert answer.status == (200 if allowed else 403), (name, answer)


@pytest.mark.parametrize(
    "mode, owner, member, stranger",
    [
        ("0200", True, False, False),
        ("0020", False, True, False),
        ("0002", False, False, True),
        ("0222", True, True, True),
        ("0555", False, False, False),
        ("0444", False, False, False),
    ],
)
@pytest.mark.proves("one-class")
def test_exactly_one_class_of_bits_decides_who_replaces(folder, mode, owner, member, stranger):
    alice = folder("alice")
    alice("PUT", "/file", b"old", {"X-CallFS-Mode": mode})
    for name, allowed in [("alice", owner), ("carol", member), ("bob", stranger), ("zoe", True)]:
        answer = folder(name)("PUT", "/file", name.encode())
        assert answer.status == (200 if allowed else 403), (name, answer)
    assert folder("zoe")("GET", "/file").body == b"zoe"


@pytest.mark.parametrize(
    "mode, makes, lists, reads_below",
    [
        ("0700", False, False, False),
        ("0755", False, True, True),
        ("0711", False, False, True),
        ("0744", False, False, False),
        ("0777", True, True, True),
        ("0773", True, False, True),
        ("0772", False, False, False),
        ("0776", False, False, False),
    ],
)
def test_a_directory_grants_search_read_and_write(folder, mode, makes, lists, reads_below):
    """A listing tells the metadata of its entries, so it needs search beside read (stat(2))."""
    alice, bob = folder("alice"), folder("bob")
    assert alice("POST", "/d/", headers={"X-CallFS-Mode": mode}).status == 201
    assert alice("PUT", "/d/file", b"x", {"X-CallFS-Mode": "0666"}).status == 201
    assert bob("GET", "/d").status == (200 if lists else 403)
    assert bob.listing("/d").status == (200 if lists else 403)
    assert bob("GET", "/d/file").status == (200 if reads_below else 403)
    assert bob("HEAD", "/d/file").status == (200 if reads_below else 403)
    assert bob("PUT", "/d/file", b"y").status == (200 if reads_below else 403)
    assert bob("PUT", "/d/new", b"y").status == (201 if makes else 403)
    assert bob("POST", "/d/sub/").status == (201 if makes else 403)
    assert bob("DELETE", "/d/file").status == (204 if makes else 403)


@pytest.mark.proves("search")
def test_search_is_needed_on_every_ancestor(folder):
    alice, bob = folder("alice"), folder("bob")
    alice("POST", "/a/", headers={"X-CallFS-Mode": "0700"})
    alice("POST", "/a/b/", headers={"X-CallFS-Mode": "0777"})
    alice("PUT", "/a/b/file", b"x", {"X-CallFS-Mode": "0666"})
    for answer in [
        bob("GET", "/a/b/file"),
        bob("PUT", "/a/b/file", b"y"),
        bob("DELETE", "/a/b/file"),
        bob("GET", "/a/b"),
    ]:
        assert refused(answer), answer
    # What is not there looks no different behind a closed door.
    assert bob("GET", "/a/nothing").status == bob("GET", "/a/b/nothing").status == 403


@pytest.mark.proves("denial-says-why")
def test_a_refusal_says_which_right_on_which_ancestor(folder):
    alice, bob = folder("alice"), folder("bob")
    alice("POST", "/closed/", headers={"X-CallFS-Mode": "0700"})
    message = bob("GET", "/closed/file").json()["message"]
    assert "closed" in message and "search" in message.lower(), message


@pytest.mark.proves("sticky")
def test_the_sticky_bit_keeps_others_files(folder):
    alice, bob, carol, zoe = (folder(name) for name in ("alice", "bob", "carol", "zoe"))
    assert alice("POST", "/tmp/", headers={"X-CallFS-Mode": "1777"}).status == 201
    assert alice("HEAD", "/tmp").header("x-callfs-mode") == "1777"
    for name in ("1", "2", "3"):
        assert bob("PUT", "/tmp/" + name, b"x", {"X-CallFS-Mode": "0666"}).status == 201
    assert refused(carol("DELETE", "/tmp/1"))
    assert carol("PUT", "/tmp/1", b"written, not removed").status in (200, 403)
    assert bob("DELETE", "/tmp/1").status == 204
    assert alice("DELETE", "/tmp/2").status == 204  # The owner of the directory may.
    assert zoe("DELETE", "/tmp/3").status == 204


def test_the_owner_of_a_file_in_anothers_directory_may_not_remove_it(folder):
    alice, bob = folder("alice"), folder("bob")
    alice("POST", "/d/", headers={"X-CallFS-Mode": "0755"})
    alice("PUT", "/d/file", b"x", {"X-CallFS-Mode": "0666"})
    assert refused(bob("DELETE", "/d/file"))
    assert bob("PUT", "/d/file", b"y").status == 200


@pytest.mark.proves("own-files")
def test_new_files_belong_to_their_maker(folder):
    bob = folder("bob")
    made = bob("PUT", "/file", b"x")
    assert made.status == 201, made
    assert bob("POST", "/d/").status == 201
    for path, mode in (("/file", "0644"), ("/d", "0755")):
        answer = bob("HEAD", path)
        assert answer.header("x-callfs-uid") == answer.header("x-callfs-gid") == "1002"
        assert answer.header("x-callfs-owner") == "bob"
        assert answer.header("x-callfs-mode") == mode, "the umask 022 counts"


def test_a_directory_is_not_made_with_set_id_bits(folder):
    """mkdir(2): of the special bits, Linux takes only the sticky one."""
    alice = folder("alice")
    assert alice("POST", "/shared/", headers={"X-CallFS-Mode": "6777"}).status == 201
    assert alice("HEAD", "/shared").header("x-callfs-mode") == "0777"


@pytest.mark.proves("delete-tree")
def test_a_recursive_delete_is_refused_whole_when_a_part_is_another_s(folder):
    alice, bob = folder("alice"), folder("bob")
    alice("POST", "/tree/", headers={"X-CallFS-Mode": "0777"})
    assert bob("PUT", "/tree/mine/1", b"x").status == 201
    alice("POST", "/tree/hers/", headers={"X-CallFS-Mode": "0755"})
    alice("PUT", "/tree/hers/2", b"x")
    answer = bob("DELETE", "/tree", query="?recursive=true")
    assert refused(answer), answer
    assert bob("GET", "/tree/mine/1").body == b"x"
    assert alice("GET", "/tree/hers/2").body == b"x"
    assert alice("DELETE", "/tree/hers", query="?recursive=true").status == 204
    assert bob("DELETE", "/tree", query="?recursive=true").status == 204


def test_a_set_user_id_bit_ends_with_anothers_write(folder):
    """open(2) and write(2): a write by someone without privilege takes the set-ID bits away."""
    alice, bob = folder("alice"), folder("bob")
    alice("PUT", "/program", b"x", {"X-CallFS-Mode": "4777"})
    assert alice("HEAD", "/program").header("x-callfs-mode") == "4777"
    assert bob("PUT", "/program", b"y").status == 200
    assert bob("HEAD", "/program").header("x-callfs-mode") == "0777"


def test_permissions_come_before_conditions_and_after_keys(folder):
    alice, bob = folder("alice"), folder("bob")
    tag = alice("PUT", "/file", b"x", {"X-CallFS-Mode": "0600"}).header("etag")
    assert refused(bob("GET", "/file", headers={"If-None-Match": tag}))
    assert refused(bob("PUT", "/file", b"y", headers={"If-Match": '"wrong"'}))


@pytest.mark.proves("whoami")
def test_who_a_key_belongs_to_is_told(folder):
    told = {name: folder(name).connection.request("GET", "/v1/whoami").json() for name in ("carol", "zoe")}
    assert told == {
        "carol": {"name": "carol", "uid": 1003, "gid": 1003, "groups": [1001]},
        "zoe": {"name": "zoe", "uid": 0, "gid": 0, "groups": []},
    }
