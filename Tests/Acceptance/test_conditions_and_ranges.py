"""Conditional requests (RFC 9110 section 13) and ranges (section 14)."""

import email.utils
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

BODY = bytes(range(256)) * 4
PAST = "Sat, 03 Feb 2001 04:05:06 GMT"
FUTURE = email.utils.formatdate(time.time() + 86400 * 365, usegmt=True)


@pytest.fixture
def tag(alice):
    return alice("PUT", "/file", BODY, {"Content-Type": "text/x-bytes"}).header("etag")


@pytest.mark.parametrize(
    "method, headers, status",
    [
        ("GET", {"If-Match": "TAG"}, 200),
        ("GET", {"If-Match": '"other", TAG'}, 200),
        ("GET", {"If-Match": "*"}, 200),
        ("GET", {"If-Match": '"other"'}, 412),
        ("GET", {"If-Match": "W/TAG"}, 412),
        ("GET", {"If-None-Match": "TAG"}, 304),
        ("GET", {"If-None-Match": "W/TAG"}, 304),
        ("GET", {"If-None-Match": '"a,b", TAG'}, 304),
        ("GET", {"If-None-Match": "*"}, 304),
        ("GET", {"If-None-Match": '"other"'}, 200),
        ("GET", {"If-Modified-Since": PAST}, 200),
        ("GET", {"If-Modified-Since": "MTIME"}, 304),
        ("GET", {"If-Modified-Since": "no date"}, 200),
        ("GET", {"If-Unmodified-Since": PAST}, 412),
        ("GET", {"If-Unmodified-Since": "MTIME"}, 200),
        ("GET", {"If-None-Match": '"other"', "If-Modified-Since": "MTIME"}, 200),
        ("GET", {"If-Match": "TAG", "If-Unmodified-Since": PAST}, 200),
        ("HEAD", {"If-None-Match": "TAG"}, 304),
        ("HEAD", {"If-Match": '"other"'}, 412),
        ("PUT", {"If-Match": "TAG"}, 200),
        ("PUT", {"If-Match": '"other"'}, 412),
        ("PUT", {"If-None-Match": "*"}, 412),
        ("PUT", {"If-None-Match": "TAG"}, 412),
        ("PUT", {"If-None-Match": '"other"'}, 200),
        ("PUT", {"If-Unmodified-Since": PAST}, 412),
        ("PUT", {"If-Unmodified-Since": FUTURE}, 200),
        ("DELETE", {"If-Match": "TAG"}, 204),
        ("DELETE", {"If-Match": "*"}, 204),
        ("DELETE", {"If-Match": '"other"'}, 412),
        ("DELETE", {"If-Unmodified-Since": PAST}, 412),
    ],
)
@pytest.mark.proves("conditions")
def test_a_condition_decides(alice, tag, method, headers, status):
    modified = alice("HEAD", "/file").header("last-modified")
    headers = {n: v.replace("TAG", tag).replace("MTIME", modified) for n, v in headers.items()}
    answer = alice(method, "/file", b"replaced" if method == "PUT" else None, headers)
    assert answer.status == status, answer
    if status == 304:
        assert answer.header("etag") == tag
        assert answer.header("content-type") is None
    if status == 412 and method != "HEAD":
        assert answer.code == "PRECONDITION_FAILED"
    if status in (412, 304):
        assert alice("GET", "/file").body == BODY


@pytest.mark.parametrize(
    "method, headers, status",
    [
        ("PUT", {"If-Match": "*"}, 412),
        ("PUT", {"If-Match": '"any"'}, 412),
        ("PUT", {"If-None-Match": "*"}, 201),
        ("POST", {"If-None-Match": "*"}, 201),
        ("GET", {"If-None-Match": "*"}, 404),
        ("DELETE", {"If-Match": "*"}, 412),
    ],
)
@pytest.mark.proves("conditions")
def test_a_condition_on_what_is_not_there(alice, method, headers, status):
    answer = alice(method, "/new", b"x" if method in ("PUT", "POST") else None, headers)
    # A removal of nothing may as well say that there is nothing.
    assert answer.status == status or (method == "DELETE" and answer.status == 404), answer
    assert alice("HEAD", "/new").status == (200 if status == 201 else 404)


@pytest.mark.parametrize("value", ["nonsense", '"open', "TAG TAG", ","])
def test_a_malformed_tag_is_refused(alice, tag, value):
    answer = alice("PUT", "/file", b"x", {"If-Match": value.replace("TAG", tag)})
    assert answer.status in (400, 412), answer
    assert alice("GET", "/file").body == BODY


def test_a_condition_is_decided_before_the_body_is_read(alice, shared, tag):
    with shared.connect() as connection:
        head = connection.head(
            "PUT",
            f"/v1/files{alice.base}/file",
            [("If-Match", '"other"'), ("Expect", "100-continue")],
            length=1_000_000,
        )
        connection.send(head)
        answer = connection.response("PUT")
    assert (answer.status, answer.interim) == (412, [])


@pytest.mark.proves("tag-strong")
def test_a_tag_names_a_representation(alice):
    one = alice("PUT", "/file", b"same", {"Content-Type": "text/plain"}).header("etag")
    two = alice("PUT", "/file", b"same", {"Content-Type": "text/html"}).header("etag")
    assert one != two


@pytest.mark.proves("conditions-in-commit")
def test_of_many_conditional_writers_each_tag_admits_one(alice, shared):
    """A counter that is only raised by If-Match loses no step."""
    alice("PUT", "/counter", b"0")

    def raise_it(_):
        with shared.connect() as connection:
            target = f"/v1/files{alice.base}/counter"
            while True:
                now = connection.request("GET", target)
                answer = connection.request(
                    "PUT", target, b"%d" % (int(now.body) + 1), {"If-Match": now.header("etag")}
                )
                if answer.status == 200:
                    return
                assert answer.status == 412, answer

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(raise_it, range(30)))
    assert alice("GET", "/counter").body == b"30"


@pytest.mark.parametrize(
    "value, first, last",
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, 1023),
        ("bytes=1023-", 1023, 1023),
        ("bytes=-1", 1023, 1023),
        ("bytes=-100", 924, 1023),
        ("bytes=-5000", 0, 1023),
        ("bytes=1000-5000", 1000, 1023),
        ("Bytes=0-9", 0, 9),
        ("bytes=0-9223372036854775807", 0, 1023),
        ("bytes=0-99999999999999999999999999", 0, 1023),
    ],
)
@pytest.mark.proves("range")
def test_a_single_range(alice, tag, value, first, last):
    answer = alice("GET", "/file", headers={"Range": value})
    assert answer.status == 206, answer
    assert answer.header("content-range") == f"bytes {first}-{last}/1024"
    assert answer.header("content-length") == str(last - first + 1)
    assert answer.header("etag") == tag
    assert answer.header("content-type") == "text/x-bytes"
    assert answer.body == BODY[first : last + 1]


@pytest.mark.parametrize(
    "value", ["bytes=1024-", "bytes=1024-2000", "bytes=-0", "bytes=99999999999999999999999999-"]
)
@pytest.mark.proves("range")
def test_a_range_outside_is_416(alice, tag, value):
    answer = alice("GET", "/file", headers={"Range": value})
    assert (answer.status, answer.code) == (416, "RANGE_NOT_SATISFIABLE")
    assert answer.header("content-range") == "bytes */1024"


@pytest.mark.parametrize(
    "value", ["lines=1-2", "bytes", "bytes=", "bytes=a-b", "bytes=5-1", "bytes=--1", "bytes 0-1"]
)
def test_a_range_that_is_none_is_ignored_or_refused(alice, tag, value):
    """RFC 9110 section 14.2: an invalid range field may be ignored; a 400 or 416 is as honest. Never a
    part."""
    answer = alice("GET", "/file", headers={"Range": value})
    assert answer.status in (200, 400, 416), answer
    if answer.status == 200:
        assert answer.body == BODY


@pytest.mark.proves("range")
def test_several_ranges_come_as_multipart(alice, tag):
    answer = alice("GET", "/file", headers={"Range": "bytes=0-9, 100-109, -5"})
    assert answer.status == 206, answer
    assert answer.header("content-range") is None
    boundary = re.fullmatch(r'multipart/byteranges; *boundary="?([^"]+)"?', answer.header("content-type"))[1]
    parts = answer.body.split(b"--" + boundary.encode())
    assert parts[-1].strip() == b"--"
    found = {}
    for part in parts[1:-1]:
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n"))
        fields = {name.lower(): value for name, value in fields.items()}
        assert fields[b"content-type"] == b"text/x-bytes"
        found[fields[b"content-range"]] = data.removesuffix(b"\r\n")
    assert found == {
        b"bytes 0-9/1024": BODY[:10],
        b"bytes 100-109/1024": BODY[100:110],
        b"bytes 1019-1023/1024": BODY[-5:],
    }


@pytest.mark.proves("ranges-bounded")
def test_overlapping_ranges_cost_no_more_than_the_file(alice, tag):
    value = "bytes=" + ",".join("0-1023" for _ in range(12))
    answer = alice("GET", "/file", headers={"Range": value})
    assert answer.status in (200, 206, 400, 416)
    assert len(answer.body) < 2 * len(BODY)


@pytest.mark.proves("ranges-bounded")
@pytest.mark.parametrize(("count", "status"), [(16, 206), (17, 200), (500, 200)])
def test_more_than_16_ranges_count_for_nothing(alice, tag, count, status):
    value = "bytes=" + ",".join(f"{n}-{n}" for n in range(0, 2 * count, 2))
    answer = alice("GET", "/file", headers={"Range": value})
    assert answer.status == status
    assert status == 206 or answer.body == BODY


@pytest.mark.parametrize("condition, status", [("TAG", 206), ('"other"', 200), ("W/TAG", 200), (PAST, 200)])
@pytest.mark.proves("if-range")
def test_if_range_gives_the_part_only_of_the_same_file(alice, tag, condition, status):
    answer = alice("GET", "/file", headers={"Range": "bytes=0-9", "If-Range": condition.replace("TAG", tag)})
    assert answer.status == status, answer
    assert answer.body == (BODY[:10] if status == 206 else BODY)


@pytest.mark.proves("if-range")
def test_a_part_is_never_of_what_came_in_the_same_second(alice):
    time = {"X-CallFS-MTime": "2024-01-01T00:00:00Z"}
    alice("PUT", "/twice", b"A" * 10, headers=time)
    date = alice("HEAD", "/twice").header("last-modified")
    alice("PUT", "/twice", b"B" * 10, headers=time)
    answer = alice("GET", "/twice", headers={"Range": "bytes=5-", "If-Range": date})
    assert (answer.status, answer.body) == (200, b"B" * 10)


def test_if_range_is_ignored_without_a_range(alice, tag):
    assert alice("GET", "/file", headers={"If-Range": '"other"'}).status == 200


def test_a_false_condition_comes_before_a_range(alice, tag):
    headers = {"Range": "bytes=0-9", "If-None-Match": tag}
    assert alice("GET", "/file", headers=headers).status == 304


def test_head_ignores_a_range(alice, tag):
    """RFC 9110 section 14.2: Range is defined for GET only."""
    answer = alice("HEAD", "/file", headers={"Range": "bytes=0-9"})
    assert (answer.status, answer.header("content-length")) == (200, "1024")


@pytest.mark.parametrize("value", ["bytes=0-", "bytes=-1", "bytes=0-0"])
def test_an_empty_file_has_no_range(alice, value):
    alice("PUT", "/empty", b"")
    answer = alice("GET", "/empty", headers={"Range": value})
    assert answer.status in (200, 416)
    assert answer.status == 416 or answer.body == b""


@pytest.mark.parametrize(
    "first, last", [(0, 0), (262_143, 262_144), (1_000_000, 2_999_999), (2_999_999, 2_999_999)]
)
def test_ranges_of_a_content_on_disk(alice, first, last):
    body = bytes(range(251)) * 12_000
    alice("PUT", "/big", body)
    answer = alice("GET", "/big", headers={"Range": f"bytes={first}-{last}"})
    assert answer.status == 206
    assert answer.body == body[first : last + 1]
    assert answer.header("content-range") == f"bytes {first}-{last}/{len(body)}"


@pytest.mark.proves("whole-bodies")
def test_put_refuses_a_partial_body(alice, tag):
    """RFC 9110 section 14.4: a Content-Range on a PUT would otherwise store a part as the whole."""
    answer = alice("PUT", "/file", b"x", {"Content-Range": "bytes 0-0/1024"})
    assert answer.status == 400, answer
    assert alice("GET", "/file").body == BODY
