"""Digests of bodies (RFC 9530) and metadata of users, as a client sees them."""

import base64
import hashlib

import pytest

SIZES = [0, 1, 1_000, 16 * 1024, 16 * 1024 + 1, 300_000]


def digest(name, body):
    if name == "crc32c":
        return crc32c(body).to_bytes(4, "big")
    return hashlib.new(name.replace("-", ""), body).digest()


def crc32c(body):
    value = 0xFFFFFFFF
    for byte in body:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def member(name, body):
    return f"{name}=:{base64.b64encode(digest(name, body)).decode()}:"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.proves("digest-of-requests")
def test_a_body_is_stored_only_if_it_is_what_its_request_says(alice, size):
    body = bytes(n * 7 % 251 for n in range(size))
    for name in ["sha-256", "sha-512"] + (["crc32c"] if size <= 1_000 else []):
        refused = alice("PUT", "/f", body, headers={"Content-Digest": member(name, body + b"!")})
        assert (refused.status, refused.code) == (400, "DIGEST_MISMATCH")
        assert alice("HEAD", "/f").status == 404
        for field in ["Content-Digest", "Repr-Digest"]:
            written = alice("PUT", "/f", body, headers={field: member(name, body)})
            assert written.status in (200, 201)
            assert written.header("repr-digest") == member("sha-256", body)
        for method in ["GET", "HEAD"]:
            read = alice(method, "/f", headers={"Want-Repr-Digest": f"{name}=9"})
            assert read.header("repr-digest") == member(name, body)
        assert alice("DELETE", "/f").status == 204


@pytest.mark.proves("digest-of-answers")
def test_a_digest_that_was_not_stored_is_computed_when_it_is_wanted(alice):
    for size in [100, 500_000]:
        body = b"x" * size
        assert alice("PUT", f"/{size}", body).status == 201
        for method in ["GET", "HEAD"]:
            answer = alice(method, f"/{size}", headers={"Want-Repr-Digest": "sha-512=1"})
            assert answer.header("repr-digest") == member("sha-512", body)
    part = alice("GET", "/100", headers={"Range": "bytes=0-9"})
    assert (part.status, part.header("repr-digest")) == (206, member("sha-256", b"x" * 100))


@pytest.mark.proves("digest-of-requests")
def test_digests_that_cannot_be_checked_are_refused(alice):
    values = ["md5=:XUFAKrxLKna5cZ2REBfFkg==:", "sha-256=abc", "sha-256", "sha-256=:AAAA:", "sha-256=:AA"]
    for value in values:
        answer = alice("PUT", "/f", b"x", headers={"Content-Digest": value})
        assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
        assert "sha-256" in answer.header("want-content-digest")
    assert alice("HEAD", "/f").status == 404


@pytest.mark.proves("metadata")
def test_metadata_is_kept_as_it_was_sent(alice):
    metadata = {"author": "Łódź 🙂", "empty": "", "a.b_c-1": "x = y; z"}
    headers = [(f"X-CallFS-Meta-{name}", value) for name, value in metadata.items()]
    headers = [(name, value.encode().decode("utf-8", "surrogateescape")) for name, value in headers]
    assert alice("PUT", "/f", b"one", headers=headers).json()["metadata"] == metadata
    assert alice("PUT", "/f", b"two").json()["metadata"] == metadata
    (listed,) = alice.listing().json()["items"]
    assert listed["metadata"] == metadata
    head = alice("HEAD", "/f")
    assert head.header("x-callfs-meta-author").encode("iso-8859-1").decode() == metadata["author"]
    tag = head.header("etag")

    json = {"Content-Type": "application/json"}
    changed = alice("PATCH", "/f", b'{"metadata":{"author":null,"NEW":"1"}}', headers=json)
    del metadata["author"]
    assert changed.json()["metadata"] == {**metadata, "new": "1"}
    assert changed.header("etag") == tag
    copied = alice("POST", "/g", query=f"?copy_from={alice.base}/f")
    assert copied.json()["metadata"] == {**metadata, "new": "1"}
    many = [(f"X-CallFS-Meta-n{n}", "v") for n in range(65)]
    assert alice("PUT", "/h", b"", headers=many).status == 400
