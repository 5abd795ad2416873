"""P5: a download link serves its bytes to one claimant, whatever races, breaks or dies."""

import json
import stat
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.contents import described, sequence_of
from harness.server import key_of, user
from harness.waiting import wait_until

RACERS = 1_000
CONNECTIONS = 40
ROUNDS = 10
CLAIM = "X-CallFS-Claim"
# The tests of links are not about limits, and race faster than those allow.
UNLIMITED = {"rate_limits": {"downloads": {"per_address": "unlimited"}}}
BIG = 24_000_000  # More than all buffers between server and client hold.


def make_link(connection, path, seconds=600):
    """The target of a fresh link."""
    body = json.dumps({"path": path, "expiry_seconds": seconds})
    answer = connection.request("POST", "/v1/links/generate", body)
    assert answer.status == 201, answer
    token = answer.json()["token"]
    assert answer.json()["expires"] > 0
    assert answer.json()["url"].endswith("/download/" + token)
    return "/download/" + token


def fetch(connection, link, method="GET", **headers):
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return connection.request(method, link, headers=named, key=None)


def take_and_break(one, link, count):
    """Begins to fetch, takes some bytes and goes away; returns them, the length and the fields."""
    with one.connect(key=None, receive_buffer=65536) as reader:
        reader.send(reader.head("GET", link))
        status, _, fields = reader.response_head()
        assert status == 200
        parts = []
        reader.exactly(count, parts.append)
    return b"".join(parts), {name.lower(): value for name, value in fields}


@pytest.mark.bounded(240)
@pytest.mark.proves("link-once")
def test_of_a_thousand_that_race_for_a_link_one_gets_it(server):
    with server(settings=UNLIMITED).start() as one, one.connect() as owner:
        body = described("/raced", 1, 300_000)
        assert owner.request("PUT", "/v1/files/raced", body).status == 201
        connections = [one.connect(key=None) for _ in range(CONNECTIONS)]
        for round in range(ROUNDS):
            link = make_link(owner, "/raced")
            assert fetch(owner, link, "HEAD").status == 200
            start = threading.Barrier(CONNECTIONS)

            def race(connection):
                start.wait(60)
                return [fetch(connection, link) for _ in range(RACERS // CONNECTIONS)]

            with ThreadPoolExecutor(CONNECTIONS) as pool:
                answers = [answer for some in pool.map(race, connections) for answer in some]
            assert len(answers) == RACERS
            winners = [answer for answer in answers if answer.status == 200]
            losers = [answer for answer in answers if answer.status != 200]
            assert len(winners) == 1, f"round {round}: {len(winners)} winners"
            assert winners[0].body == body
            assert {(answer.status, answer.code) for answer in losers} == {(410, "LINK_GONE")}
            assert fetch(owner, link, "HEAD").status == 410
        for connection in connections:
            connection.close()
        assert one.stop() == 0
        assert one.fsck()[0] == 0


@pytest.mark.bounded(240)
@pytest.mark.proves("link-once")
def test_the_race_ends_in_the_same_way_over_http2(server, tmp_path):
    """curl sends a hundred requests at a time, as streams of few connections."""
    with server(settings=UNLIMITED).start() as one, one.connect() as owner:
        body = described("/raced", 1, 300_000)
        assert owner.request("PUT", "/v1/files/raced", body).status == 201
        for round in range(ROUNDS):
            link = make_link(owner, "/raced")
            assert fetch(owner, link, "HEAD").status == 200
            racers = tmp_path / f"racers.{round}"
            racers.write_text(
                "".join(f'url = "{one.url}{link}"\noutput = "{tmp_path}/{n}"\n' for n in range(RACERS))
                + 'write-out = "%{http_version} %{http_code} %{filename_effective}\\n"\n'
            )
            command = ["curl", "-sS", "--http2", "-Z", "--parallel-max", "100", "--cacert"]
            command += [str(one.certificate), "--config", str(racers)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
            answers = [line.split(" ", 2) for line in done.stdout.splitlines()]
            assert len(answers) == RACERS
            assert {version for version, _, _ in answers} == {"2"}
            winners = [Path(name) for _, status, name in answers if status == "200"]
            assert len(winners) == 1, f"round {round}: {len(winners)} winners"
            assert winners[0].read_bytes() == body
            assert {status for _, status, _ in answers} == {"200", "410"}
            assert fetch(owner, link, "HEAD").status == 410
        assert one.stop() == 0
        assert one.fsck()[0] == 0


@pytest.mark.bounded(120)
@pytest.mark.proves("link-resume")
def test_an_interrupted_claim_resumes_the_same_bytes_after_the_file_was_replaced_and_removed(server):
    with server(settings=UNLIMITED).start() as one, one.connect() as owner:
        body = described("/big", 1, BIG)
        assert owner.request("PUT", "/v1/files/big", body).status == 201
        link = make_link(owner, "/big")
        tag = fetch(owner, link, "HEAD").header("etag")
        begun, fields = take_and_break(one, link, 1_000_000)
        assert fields["etag"] == tag
        assert owner.request("PUT", "/v1/files/big", described("/big", 2, 50_000)).status == 200
        claim = fields[CLAIM.lower()]
        more = fetch(owner, link, Range=f"bytes={len(begun)}-1999999", If_Range=tag, **{CLAIM: claim})
        assert more.status == 206 and more.header("etag") == tag
        begun += more.body
        assert owner.request("DELETE", "/v1/files/big").status == 204
        cookie = fields["set-cookie"].split(";")[0]
        assert cookie == f"callfs_claim={claim}"
        assert fetch(owner, link, Range=f"bytes={len(begun)}-").status == 410
        rest = fetch(owner, link, Range=f"bytes={len(begun)}-", Cookie=f"other=1; {cookie}")
        assert rest.status == 206
        assert begun + rest.body == body and sequence_of("/big", begun + rest.body) == 1
        assert fetch(owner, link).status == 410
        token = link.removeprefix("/download/")
        assert one.stop() == 0
        assert token not in one.output and claim not in one.output
        assert "/download/{token}" in one.output
        assert one.fsck()[0] == 0


@pytest.mark.bounded(120)
@pytest.mark.proves("link-resume")
@pytest.mark.parametrize("size", [5_000, 200_000, BIG])
def test_what_was_on_its_way_when_the_connection_broke_is_not_lost(server, size):
    with server(settings=UNLIMITED).start() as one, one.connect() as owner:
        body = described("/late", 1, size)
        assert owner.request("PUT", "/v1/files/late", body).status == 201
        link = make_link(owner, "/late")
        begun, fields = take_and_break(one, link, size - 1_000)
        assert fetch(owner, link).status == 410
        rest = fetch(owner, link, Range=f"bytes={len(begun)}-", **{CLAIM: fields[CLAIM.lower()]})
        assert rest.status == 206 and begun + rest.body == body
        assert one.stop() == 0
        assert one.fsck()[0] == 0


@pytest.mark.bounded(120)
@pytest.mark.proves("link-resume")
def test_a_claim_survives_a_kill_and_a_used_link_stays_used(server):
    one = server(settings=UNLIMITED)
    with one.start(), one.connect() as owner:
        body = described("/big", 1, BIG)
        assert owner.request("PUT", "/v1/files/big", body).status == 201
        assert owner.request("PUT", "/v1/files/small", b"small").status == 201
        used = make_link(owner, "/small")
        assert fetch(owner, used).body == b"small"
        broken, unused = make_link(owner, "/big"), make_link(owner, "/small")
        begun, fields = take_and_break(one, broken, 1_000_000)
        assert owner.request("PUT", "/v1/files/big", b"replaced").status == 200
        one.kill()
    with one.start(), one.connect() as owner:
        claim = fields[CLAIM.lower()]
        assert fetch(owner, broken).status == 410
        rest = fetch(owner, broken, Range=f"bytes={len(begun)}-", **{CLAIM: claim})
        assert rest.status == 206 and begun + rest.body == body
        assert fetch(owner, used).status == 410
        assert fetch(owner, unused).body == b"small"
        assert one.stop() == 0
    assert one.fsck()[0] == 0


@pytest.mark.proves("link-unspent")
def test_what_is_no_fetch_uses_nothing_up(server):
    with server(settings=UNLIMITED).start() as one, one.connect() as owner:
        name = "r%C3%A9sum%C3%A9%20%22final%22.pdf"
        assert owner.request("PUT", f"/v1/files/{name}", b"paper").status == 201
        link = make_link(owner, '/résumé "final".pdf')
        head = fetch(owner, link, "HEAD")
        assert head.status == 200 and head.header("content-length") == "5"
        assert head.header("content-disposition") == (
            "attachment; filename=\"r_sum_ _final_.pdf\"; filename*=UTF-8''" + name
        )
        tag = head.header("etag")
        assert fetch(owner, link, Sec_Purpose="prefetch").status == 403
        assert fetch(owner, link, Purpose="prefetch").status == 403
        assert fetch(owner, link, If_None_Match=tag).status == 304
        assert fetch(owner, link, If_Match='"another"').status == 412
        assert fetch(owner, link, "POST").status == 405
        assert fetch(owner, link, "DELETE").status == 405
        assert fetch(owner, link[:-1] + ("A" if link[-1] != "A" else "E")).code == "LINK_NOT_FOUND"
        got = fetch(owner, link)
        assert got.status == 200 and got.body == b"paper"
        for field in ("etag", "content-disposition", "content-length", "cache-control", "x-robots-tag"):
            assert got.header(field) == head.header(field)
        assert fetch(owner, link, "HEAD").status == 410


@pytest.mark.proves("link-ends")
def test_a_link_is_gone_when_it_expires_and_when_its_file_is(server):
    with server(settings=UNLIMITED).start() as one, one.connect() as owner:
        assert owner.request("PUT", "/v1/files/f", b"x").status == 201
        brief, orphan = make_link(owner, "/f", seconds=1), make_link(owner, "/f")
        wait_until(lambda: fetch(owner, brief, "HEAD").status == 410, 10, "the link has expired")
        assert fetch(owner, brief).code == "LINK_GONE"
        assert owner.request("DELETE", "/v1/files/f").status == 204
        assert fetch(owner, orphan).code == "LINK_GONE"


def recreate(one, owner, bobs):
    assert bobs.request("DELETE", "/v1/files/shared/f").status == 204
    assert owner.request("PUT", "/v1/files/shared/f", b"secret").status == 201


def rename_over(one, owner, bobs):
    """Bob may not read what he moves: he needs no right on it for that."""
    change(bobs, "/shared/secret", destination="/shared/f", overwrite=True)


def link_in_place_of_the_file(one, owner, bobs):
    assert bobs.request("DELETE", "/v1/files/shared/f").status == 204
    symlink(bobs, "/shared/f", "/private/secret")


def link_in_place_of_an_ancestor(one, owner, bobs):
    change(bobs, "/shared/d", destination="/shared/aside")
    symlink(bobs, "/shared/d", "/private")


def change(connection, path, **members):
    answer = connection.request(
        "PATCH", "/v1/files" + path, json.dumps(members), {"Content-Type": "application/json"}
    )
    assert answer.status == 200, answer


def symlink(connection, path, target):
    body = json.dumps({"type": "symlink", "target": target})
    answer = connection.request("POST", "/v1/files" + path, body, {"Content-Type": "application/json"})
    assert answer.status == 201, answer


@pytest.mark.proves("link-ends", "link-one-file")
@pytest.mark.parametrize(
    "path, swap",
    [
        ("/shared/f", recreate),
        ("/shared/f", rename_over),
        ("/shared/f", link_in_place_of_the_file),
        ("/shared/d/secret", link_in_place_of_an_ancestor),
    ],
)
def test_who_may_replace_entries_makes_no_link_lead_to_another_file(server, path, swap):
    """Alice lets others write a directory, and Bob puts what only Alice may read where her link leads."""
    one = server(users=[user("alice", 1000), user("bob", 1002)], settings=UNLIMITED)
    with one.start(), one.connect() as owner, one.connect(key=key_of("bob")) as bobs:
        only_alice = {"X-CallFS-Mode": "0600"}
        for place in ("/private/secret", "/shared/secret"):
            assert owner.request("PUT", "/v1/files" + place, b"secret", only_alice).status == 201
        for place in ("/shared/f", "/shared/d/secret"):
            assert owner.request("PUT", "/v1/files" + place, b"meant").status == 201
        for place, mode in (("/private", "0700"), ("/shared", "0777"), ("/shared/d", "0777")):
            change(owner, place, mode=mode)
        link = make_link(owner, path)
        assert fetch(bobs, link, "HEAD").status == 200
        swap(one, owner, bobs)
        assert owner.request("GET", "/v1/files" + path).body == b"secret"
        assert fetch(bobs, link, "HEAD").status == 410
        answer = fetch(bobs, link)
        assert (answer.status, answer.code) == (410, "LINK_GONE"), answer


@pytest.mark.proves("link-one-file")
def test_a_link_goes_on_with_its_file_through_replacements_and_ends_while_it_is_elsewhere(server):
    with server(settings=UNLIMITED).start() as one, one.connect() as owner:
        assert owner.request("PUT", "/v1/files/d/f", b"old").status == 201
        link = make_link(owner, "/d/f")
        assert owner.request("PUT", "/v1/files/d/f", b"newer").status == 200
        assert fetch(owner, link, "HEAD").header("content-length") == "5"
        change(owner, "/d/f", name="g")
        assert fetch(owner, link).code == "LINK_GONE"
        symlink(owner, "/d/f", "g")
        assert fetch(owner, link, "HEAD").status == 200
        assert owner.request("DELETE", "/v1/files/d/f").status == 204
        change(owner, "/d/g", name="f")
        assert fetch(owner, link).body == b"newer"


def test_the_secret_is_made_once_and_a_new_one_may_follow_it(server):
    one = server(settings=UNLIMITED)
    with one.start(), one.connect() as owner:
        assert owner.request("PUT", "/v1/files/f", b"x").status == 201
        links = [make_link(owner, "/f") for _ in range(3)]
        secret = one.data / "link-secret"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert one.stop() == 0
    with one.start(), one.connect() as owner:
        assert fetch(owner, links[0]).status == 200
        assert one.stop() == 0
    one.settings["auth"] = {"single_use_link_secret": "a-new-secret-for-links-1"}
    with one.start(), one.connect() as owner:
        assert fetch(owner, links[1]).code == "LINK_NOT_FOUND"
        assert one.stop() == 0
    one.settings["auth"]["single_use_link_secret_previous"] = secret.read_text().strip()
    with one.start(), one.connect() as owner:
        assert fetch(owner, links[1]).status == 200
        assert one.stop() == 0
        assert secret.read_text().strip() not in one.output
