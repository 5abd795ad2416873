"""A start that cannot work ends: one clear sentence on stderr, a non-zero status, no trace, nothing
broken."""

import hashlib
import os
import re
import shutil
import socket
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from harness import certificates
from harness.server import STACK_TRACE, key_of, user

NOBODY = 65534


def run(one, **more):
    """Runs the server that must not start; returns its status and what it wrote to stderr."""
    done = subprocess.run(
        one.command(), cwd=one.folder, env=one.variables(), capture_output=True, text=True, timeout=30, **more
    )
    return done.returncode, done.stdout, done.stderr


def assert_refused(one, *words, **more):
    """It ended by itself with a sentence that names what is wrong."""
    status, output, errors = run(one, **more)
    assert status > 0, f"status {status} (a signal?) with {errors!r}"
    text = errors.strip()
    sentences = [line for line in text.splitlines() if line.strip()]
    assert 1 <= len(sentences) <= 3, f"not one sentence: {errors!r}"
    assert not STACK_TRACE.search(errors + output), errors
    assert "Swift." not in errors and "Optional(" not in errors and "errno" not in errors.lower(), errors
    for word in words:
        assert re.search(word, text, re.IGNORECASE), f"{word!r} is not in {text!r}"
    return text


def test_a_second_server_on_the_same_data(server):
    one = server()
    with one.start(), one.connect() as connection:
        assert connection.request("PUT", "/v1/files/file", b"x").status == 201
        second = server(data=one.data)
        assert_refused(second, re.escape(str(one.data)), "(use|lock|another|running)")
        assert connection.request("GET", "/v1/files/file").body == b"x"
        assert connection.request("PUT", "/v1/files/file", b"y").status == 200


def test_a_second_server_on_the_same_contents(server, tmp_path):
    root = tmp_path / "root"
    one = server(settings={"backend.localfs_root_path": str(root)})
    with one.start():
        second = server(settings={"backend.localfs_root_path": str(root)})
        assert_refused(second, re.escape(str(root)))
        with one.connect() as connection:
            assert connection.request("PUT", "/v1/files/file", b"x" * 50_000).status == 201


def filled(server):
    one = server()
    with one.start(), one.connect() as connection:
        assert connection.request("PUT", "/v1/files/file", b"x" * 50_000).status == 201
        assert one.stop() == 0
    return one


def test_contents_of_another_deployment(server):
    """Two deployments whose contents were swapped: both refuse, and nothing is swept."""
    first, second = filled(server), filled(server)
    mine, other = first.data / ".callfs", second.data / ".callfs"
    before = sorted(str(p.relative_to(other)) for p in other.rglob("*"))
    mine.rename(first.data / "aside")
    shutil.copytree(other, mine)
    assert_refused(first, "deployment")
    assert sorted(str(p.relative_to(mine)) for p in mine.rglob("*")) == before
    shutil.rmtree(mine)
    (first.data / "aside").rename(mine)
    with first.start(), first.connect() as connection:
        assert connection.request("GET", "/v1/files/file").body == b"x" * 50_000


def test_contents_without_their_metadata(server):
    """An empty database over a full disk is an error and not a sweep."""
    one = filled(server)
    contents = sorted((one.data / ".callfs" / "objects").rglob("*"))
    assert contents
    shutil.rmtree(one.data / "metadata")
    assert_refused(one, "deployment|metadata|marker|belong")
    assert sorted((one.data / ".callfs" / "objects").rglob("*")) == contents


def test_metadata_without_their_contents(server):
    one = filled(server)
    (one.data / ".callfs").rename(one.data / "aside")
    assert_refused(one, "store|marker|contents")


def test_a_digest_that_stands_for_no_key(server):
    """The digest that earlier documents showed, and the ones that their commands give as they stand."""
    for text in (b"foo", b"KEY", b"KEY\n", b"", b"\n"):
        digest = hashlib.sha256(text).hexdigest()
        one = server(users=[user("alice", 1001, keys=[], key_sha256=[digest])])
        assert_refused(one, re.escape("auth.users[alice].key_sha256[0]"), "placeholder|document")
    placeholder = "(64 hexadecimal digits, from: printf %s KEY | sha256sum)"
    one = server(users=[user("alice", 1001, keys=[], key_sha256=[placeholder])])
    assert_refused(one, "key_sha256", "64 hexadecimal digits")


def test_an_unwritable_data_directory(server, callfs, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("becoming another user needs root")
    binary = tmp_path / "callfs"
    shutil.copy(callfs, binary)
    one = server()
    one.binary = str(binary)
    one.data.mkdir(mode=0o755)
    for folder in (one.folder, *one.folder.parents):
        if str(folder).startswith(str(Path("/tmp"))) and folder != Path("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o055)
    assert_refused(
        one,
        re.escape(str(one.data)),
        "(permission|writ|may not|denied)",
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
    )
    missing = server()
    missing.binary = str(binary)
    missing.data = one.data / "below" / "data"
    assert_refused(missing, "below", user=NOBODY, group=NOBODY, extra_groups=[])


def test_a_data_directory_that_is_a_file(server):
    one = server()
    one.data.write_text("I am a file.")
    assert_refused(one, re.escape(str(one.data)))
    assert one.data.read_text() == "I am a file."


def test_a_damaged_database(server):
    one = filled(server)
    (database,) = (one.data / "metadata").glob("*.db")
    database.write_bytes(b"This is no database." * 1000)
    for path in database.parent.glob(database.name + "-*"):
        path.unlink()
    assert_refused(one, re.escape(database.name))


def test_a_busy_port(server):
    one = server()
    with socket.socket() as other:
        other.bind(one.address)
        other.listen()
        assert_refused(one, str(one.port), "(use|busy|taken|another)")


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:99999", "192.0.2.1:8443", "127.0.0.1"])
def test_an_impossible_address(server, address):
    assert_refused(server(environment={"CALLFS_SERVER_LISTEN_ADDR": address}), re.escape(address))


def with_pair(server, certificate, key):
    return server(settings={"server.cert_file": str(certificate), "server.key_file": str(key)})


def test_a_good_certificate_serves(server, tmp_path):
    """The control: the pairs below are refused for what is wrong with them."""
    import ssl

    certificate, key = certificates.make(tmp_path / "pair")
    one = with_pair(server, certificate, key)
    one.context = ssl.create_default_context(cafile=str(certificate))
    with one.start(), one.connect() as connection:
        assert connection.request("GET", "/health").status == 200


def assert_foretold(one, refusal):
    """`config validate` says of the certificate what the start said."""
    command = one.command()
    done = subprocess.run(
        [command[0], "config", "validate", *command[2:]], cwd=one.folder, env=one.variables(),
        capture_output=True, text=True, timeout=30,
    )
    said = done.stderr.splitlines()
    assert done.returncode == 1 and said[0] in refusal, (refusal, done.stderr)


def test_an_expired_certificate(server, tmp_path):
    certificate, key = certificates.make(tmp_path / "pair", timedelta(days=-30), timedelta(days=-1))
    one = with_pair(server, certificate, key)
    assert_foretold(one, assert_refused(one, "expired", re.escape(str(certificate))))


def test_a_certificate_of_the_future(server, tmp_path):
    certificate, key = certificates.make(tmp_path / "pair", timedelta(days=3), timedelta(days=30))
    assert_refused(
        with_pair(server, certificate, key), "not.*valid|until|before", re.escape(str(certificate))
    )


def test_a_key_of_another_certificate(server, tmp_path):
    certificate, _ = certificates.make(tmp_path / "one")
    _, key = certificates.make(tmp_path / "two")
    one = with_pair(server, certificate, key)
    assert_foretold(one, assert_refused(one, re.escape(str(key))))


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_bad_key_file(server, tmp_path, content):
    certificate, key = certificates.make(tmp_path / "pair")
    key.write_bytes(content)
    assert_refused(with_pair(server, certificate, key), re.escape(str(key)))


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_a_bad_certificate_file(server, tmp_path, content):
    certificate, key = certificates.make(tmp_path / "pair")
    certificate.write_bytes(content)
    assert_refused(with_pair(server, certificate, key), re.escape(str(certificate)))


def test_files_that_are_not_there(server, tmp_path):
    certificate, key = certificates.make(tmp_path / "pair")
    assert_refused(with_pair(server, tmp_path / "nowhere.crt", key), "nowhere.crt")
    assert_refused(with_pair(server, certificate, tmp_path / "nowhere.key"), "nowhere.key")
    one = server()
    command = one.command()
    one.command = lambda: [*command, "--config", str(tmp_path / "nowhere.yaml")]
    assert_refused(one, "nowhere.yaml")


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"auth.api_keys": ["short"]}, ["api_keys", "16"]),
        ({"auth.api_keys": [key_of("a"), key_of("a")]}, ["(duplicate|twice|same)"]),
        ({"server.listen_adr": ":1"}, ["listen_adr", "listen_addr"]),
        ({"server.read_timeout": "soon"}, ["read_timeout", "soon"]),
        ({"limits.reclaim_grace": -1}, ["reclaim_grace"]),
        ({"metadata_store.dsn": "postgres://a:pass-word@localhost/callfs"}, ["postgres"]),
        ({"backend.default_backend": "s3"}, ["s3"]),
        ({"dlm.type": "redis"}, ["redis"]),
    ],
)
def test_a_setting_that_cannot_be(server, settings, words):
    text = assert_refused(server(settings=settings), *words)
    assert "pass-word" not in text and "acceptance-key" not in text


def test_a_configuration_that_is_none(server):
    one = server(settings={"server.listen_addr": ":1"})
    command = one.command()
    (one.folder / "config.json").write_text('{"server": ')
    one.command = lambda: command
    assert_refused(one, "config.json", "line|1")


def test_users_with_one_uid_twice_or_one_key_twice(server):
    twins = [user("first", 1), user("second", 2)]
    twins[1]["keys"] = twins[0]["keys"]
    assert_refused(server(users=twins), "(first|second)")
