"""GET ?access=explain: who may do what, and by which bits of what."""

import pytest


def explain(client, path, right, user=None):
    query = f"?access=explain&right={right}" + (f"&user={user}" if user else "")
    answer = client("GET", path, query=query)
    assert answer.status == 200, answer
    return answer.json()


@pytest.mark.parametrize("mode", ["0600", "0640", "0604", "0060", "0006", "0222", "0777", "0000"])
@pytest.mark.proves("denial-says-why")
def test_the_explanation_is_what_happens(folder, mode):
    alice, zoe = folder("alice"), folder("zoe")
    alice("PUT", "/file", b"x", {"X-CallFS-Mode": mode})
    for name, which in [("alice", "owner"), ("carol", "group"), ("bob", "other"), ("zoe", "other")]:
        client = folder(name)
        for right, status in [
            ("read", client("GET", "/file").status),
            ("write", client("PUT", "/file", b"y").status),
        ]:
            found = explain(client, "/file", right)
            assert found["allowed"] == (status == 200), (name, right, found)
            by = found["decided_by"]
            assert by["path"] == alice.base + "/file"
            assert by["class"] == which and by["mode"] == mode
            assert by["rule"] in ("bits", "superuser")
            assert explain(zoe, "/file", right, user=name) == found, "the superuser hears the same"


@pytest.mark.proves("denial-says-why")
def test_a_refusal_carries_the_same_decision_as_its_explanation(folder):
    alice, bob = folder("alice"), folder("bob")
    alice("POST", "/closed/", headers={"X-CallFS-Mode": "0711"})
    alice("POST", "/closed/door/", headers={"X-CallFS-Mode": "0700"})
    alice("PUT", "/closed/door/file", b"x", {"X-CallFS-Mode": "0666"})
    for path, right, answer in [
        ("/closed/door/file", "read", bob("GET", "/closed/door/file")),
        ("/closed/door/none", "read", bob("GET", "/closed/door/none")),
        ("/closed", "read", bob("GET", "/closed")),
        ("/closed/door", "remove", bob("DELETE", "/closed/door")),
    ]:
        assert answer.status == 403, answer
        found = explain(bob, path, right)
        assert found["allowed"] is False
        assert found["decided_by"] == answer.json()["decided_by"]
    assert explain(bob, "/closed/door/file", "read")["decided_by"] == {
        "path": alice.base + "/closed/door",
        "right": "search",
        "class": "other",
        "mode": "0700",
        "rule": "bits",
    }


def test_what_is_not_there_is_an_answer(alice):
    found = explain(alice, "/none/deeper", "write")
    assert found["allowed"] is False
    assert found["decided_by"] == {"path": alice.base + "/none", "rule": "missing"}


def test_the_sticky_bit_explains_itself(folder):
    alice, bob, carol = folder("alice"), folder("bob"), folder("carol")
    alice("POST", "/tmp/", headers={"X-CallFS-Mode": "1777"})
    bob("PUT", "/tmp/file", b"x")
    assert explain(bob, "/tmp/file", "remove")["allowed"] is True
    assert explain(carol, "/tmp/file", "remove")["decided_by"]["rule"] == "sticky"


@pytest.mark.proves("explain-others")
def test_only_the_superuser_asks_about_others(folder):
    alice = folder("alice")
    alice("PUT", "/file", b"x")
    for user in ("bob", "nobody"):
        answer = alice("GET", "/file", query=f"?access=explain&right=read&user={user}")
        assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")
    answer = folder("zoe")("GET", "/file", query="?access=explain&right=read&user=nobody")
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
