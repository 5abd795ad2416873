"""Files: create, read, replace and remove, method by method."""

import email.utils
import json
import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from harness.contents import described, sequence_of

SIZES = [0, 1, 1023, 16 * 1024, 16 * 1024 + 1, 256 * 1024, 256 * 1024 + 1, 3_000_000]
NANOSECOND_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
STRONG_TAG = re.compile(r'"[\x21\x23-\x7e]+"')


def content(size):
    return (b"0123456789abcdef" * (size // 16 + 1))[:size]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.proves("get-whole")
def test_a_file_comes_back_as_it_went_up(alice, size):
    assert alice("PUT", "/file", content(size)).status == 201
    answer = alice("GET", "/file")
    assert answer.status == 200
    assert answer.body == content(size)
    assert answer.header("content-length") == str(size)


@pytest.mark.parametrize("size", SIZES)
def test_a_chunked_upload_is_stored_as_one_with_a_length(alice, size):
    pieces = [content(size)[at : at + 70_001] for at in range(0, size, 70_001)]
    assert alice("PUT", "/file", iter(pieces)).status == 201
    assert alice("GET", "/file").body == content(size)


@pytest.mark.proves("put")
def test_put_creates_with_201_and_replaces_with_200(alice):
    first = alice("PUT", "/file", b"one")
    assert (first.status, alice("GET", "/file").body) == (201, b"one")
    assert first.header("location").endswith(alice.base + "/file")
    second = alice("PUT", "/file", b"two, longer")
    assert (second.status, alice("GET", "/file").body) == (200, b"two, longer")
    assert first.header("etag") != second.header("etag")


@pytest.mark.proves("parents-made")
def test_put_makes_missing_parents(alice):
    assert alice("PUT", "/a/b/c/file", b"deep").status == 201
    for path in ("/a", "/a/b", "/a/b/c"):
        assert alice("HEAD", path).header("x-callfs-type") == "directory"


@pytest.mark.proves("parents-made")
def test_post_makes_missing_parents(alice):
    assert alice("POST", "/a/b/file", b"deep").status == 201
    assert alice("GET", "/a/b/file").body == b"deep"


@pytest.mark.proves("fields-of-entries")
def test_every_answer_about_a_file_carries_its_metadata(alice, shared):
    created = alice("PUT", "/file", b"hello", {"Content-Type": "text/plain; charset=utf-8"})
    replaced = alice("PUT", "/file", b"hello", {"Content-Type": "text/plain; charset=utf-8"})
    got, headed = alice("GET", "/file"), alice("HEAD", "/file")
    for answer in (created, replaced, got, headed):
        assert answer.header("x-callfs-type") == "file", answer
        assert answer.header("x-callfs-size") == "5"
        assert answer.header("x-callfs-mode") == "0666"
        assert answer.header("x-callfs-uid") == "1001"
        assert answer.header("x-callfs-gid") == "1001"
        assert answer.header("x-callfs-owner") == "alice"
        assert answer.header("x-callfs-group") == "staff"
        assert NANOSECOND_TIME.fullmatch(answer.header("x-callfs-mtime"))
        assert answer.header("x-callfs-instance-id") == "callfs-instance-1"
        assert answer.header("x-callfs-backend-type") == "localfs"
        assert STRONG_TAG.fullmatch(answer.header("etag"))
    assert got.header("etag") == headed.header("etag") == replaced.header("etag") != created.header("etag")
    for answer in (got, headed):
        assert answer.header("accept-ranges") == "bytes"
        assert answer.header("content-type") == "text/plain; charset=utf-8"
        assert answer.header("content-length") == "5"
        assert email.utils.parsedate_to_datetime(answer.header("last-modified"))
    names = {"x-request-id", "date"}
    assert [h for h in got.headers if h[0].lower() not in names] == [
        h for h in headed.headers if h[0].lower() not in names
    ]


@pytest.mark.proves("fields-of-entries")
def test_every_answer_about_a_directory_carries_its_metadata(alice):
    made = alice("POST", "/folder/")
    headed = alice("HEAD", "/folder")
    for answer in (made, headed, alice("GET", "/folder"), alice("HEAD", "/folder/")):
        assert answer.header("x-callfs-type") == "directory"
        assert answer.header("x-callfs-mode") == "0777"
        assert answer.header("x-callfs-owner") == "alice"
        assert answer.header("x-callfs-group") == "staff"
        assert NANOSECOND_TIME.fullmatch(answer.header("x-callfs-mtime"))
    assert STRONG_TAG.fullmatch(made.header("etag"))
    assert headed.header("etag") == "W/" + made.header("etag")


@pytest.mark.proves("fields-of-entries")
def test_a_file_without_a_media_type_is_an_octet_stream(alice):
    alice("PUT", "/file", b"x")
    assert alice("GET", "/file").header("content-type") == "application/octet-stream"


@pytest.mark.proves("sandbox")
def test_a_stored_page_cannot_act(alice):
    alice("PUT", "/page.html", b"<script>alert(1)</script>", {"Content-Type": "text/html"})
    answer = alice("GET", "/page.html")
    assert answer.header("content-security-policy").split(";")[0].strip() == "sandbox"
    assert answer.header("x-content-type-options") == "nosniff"


@pytest.mark.proves("put-keeps")
def test_a_replacement_keeps_mode_and_owner(alice, folder):
    alice("PUT", "/file", b"1", {"X-CallFS-Mode": "0622"})
    assert folder("bob")("PUT", "/file", b"22").status == 200
    answer = alice("HEAD", "/file")
    assert (answer.header("x-callfs-mode"), answer.header("x-callfs-uid")) == ("0622", "1001")
    assert answer.header("x-callfs-size") == "2"


def test_a_replacement_moves_the_modification_time_on(alice):
    times = [alice("PUT", "/file", b"%d" % n).header("x-callfs-mtime") for n in range(5)]
    assert len(set(times)) == 5
    assert times == sorted(times)


@pytest.mark.proves("post-creates")
def test_post_only_creates(alice):
    first = alice("POST", "/file", b"one", {"Content-Type": "text/plain"})
    assert first.status == 201
    assert first.header("etag") and first.header("location").endswith(alice.base + "/file")
    again = alice("POST", "/file", b"two", {"Content-Type": "text/plain"})
    assert (again.status, again.code) == (409, "FILE_ALREADY_EXISTS")
    conflict = again.json()
    assert conflict["existing_path"] == alice.base + "/file"
    assert conflict["instance_id"] == "callfs-instance-1"
    assert conflict["backend_type"] == "localfs"
    assert conflict["suggestion"] and conflict["message"] and conflict["error"]
    assert conflict["update_url"].endswith("/v1/files" + alice.base + "/file")
    assert alice("GET", "/file").body == b"one"


@pytest.mark.proves("post-directory")
def test_post_with_a_trailing_slash_makes_a_directory(alice):
    first = alice("POST", "/folder/")
    assert first.status == 201
    assert first.header("location").rstrip("/").endswith(alice.base + "/folder")
    again = alice("POST", "/folder/")
    assert (again.status, again.code) == (409, "FILE_ALREADY_EXISTS")
    assert alice("POST", "/folder/", query="?parents=true").status == 200
    assert alice("POST", "/new/deep/folder/", query="?parents=true").status == 201
    assert alice("PUT", "/file", b"").status == 201
    assert alice("POST", "/file/", query="?parents=true").status == 409


@pytest.mark.parametrize(
    "descriptor, status, kind, mode",
    [
        ({"type": "directory"}, 201, "directory", "0777"),
        ({"type": "directory", "mode": "0750"}, 201, "directory", "0750"),
        ({"type": "file"}, 201, "file", "0666"),
        ({"type": "file", "mode": "0600"}, 201, "file", "0600"),
    ],
)
@pytest.mark.proves("post-descriptor")
def test_post_of_a_json_descriptor_makes_what_it_describes(alice, descriptor, status, kind, mode):
    answer = alice("POST", "/thing", json.dumps(descriptor), {"Content-Type": "application/json"})
    assert answer.status == status
    headed = alice("HEAD", "/thing")
    assert (headed.header("x-callfs-type"), headed.header("x-callfs-mode")) == (kind, mode)
    if kind == "file":
        assert alice("GET", "/thing").body == b""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"directory"',
        b"{}",
        b'{"type":"socket"}',
        b'{"type":7}',
        b'{"type":"directory","mode":"0999"}',
        b'{"type":"directory","mode":"77777"}',
        b'{"type":"directory","color":"red"}',
        b'{"type":"directory","type":"file"}',
        b'{"type":"directory"} {}',
        b'{"type":"directory"}\x00',
        b'{"type":"directory","target":"/a"}',
        b'\xff\xfe{"type":"directory"}',
    ],
)
def test_a_broken_descriptor_is_refused(alice, body):
    answer = alice("POST", "/thing", body, {"Content-Type": "application/json"})
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST"), answer
    assert alice("HEAD", "/thing").status == 404


@pytest.mark.proves("json-known")
def test_an_unknown_key_of_a_descriptor_is_named(alice):
    answer = alice("POST", "/thing", b'{"type":"file","color":"red"}', {"Content-Type": "application/json"})
    assert "color" in answer.json()["message"]


@pytest.mark.proves("post-descriptor")
def test_put_of_json_is_content_and_no_descriptor(alice):
    body = b'{"type":"directory"}'
    assert alice("PUT", "/data.json", body, {"Content-Type": "application/json"}).status == 201
    answer = alice("GET", "/data.json")
    assert (answer.body, answer.header("content-type")) == (body, "application/json")


@pytest.mark.parametrize(
    "mode, status", [("0640", 201), ("640", 201), ("4755", 201), ("0888", 400), ("rw", 400), ("", 400)]
)
@pytest.mark.proves("creation-attributes")
def test_creation_may_set_the_mode(alice, mode, status):
    answer = alice("PUT", "/file", b"x", {"X-CallFS-Mode": mode})
    assert answer.status == status, answer
    if status == 201:
        assert alice("HEAD", "/file").header("x-callfs-mode") == mode.rjust(4, "0")
    else:
        assert answer.code == "INVALID_REQUEST"
        assert alice("HEAD", "/file").status == 404


@pytest.mark.proves("creation-attributes")
def test_creation_may_set_the_modification_time(alice):
    answer = alice("PUT", "/file", b"x", {"X-CallFS-MTime": "2001-02-03T04:05:06.000000007Z"})
    assert answer.status == 201, answer
    headed = alice("HEAD", "/file")
    assert headed.header("x-callfs-mtime").startswith("2001-02-03T04:05:06.000000007")
    assert headed.header("last-modified") == "Sat, 03 Feb 2001 04:05:06 GMT"
    assert alice("PUT", "/bad", b"x", {"X-CallFS-MTime": "yesterday"}).status == 400


@pytest.mark.parametrize(
    "path, status, code",
    [
        ("/file/", 400, None),
        ("/folder", 400, "IS_A_DIRECTORY"),
        ("/folder/", 400, None),
        ("/file/below", 409, "NOT_A_DIRECTORY"),
    ],
)
@pytest.mark.proves("put-no-directory")
def test_put_refuses_what_is_no_file(alice, path, status, code):
    alice("PUT", "/file", b"kept")
    alice("POST", "/folder/")
    answer = alice("PUT", path, b"new")
    assert answer.status == status, answer
    assert code is None or answer.code == code
    assert alice("GET", "/file").body == b"kept"
    assert alice("GET", "/folder").json() == []


def test_the_root_can_neither_be_made_nor_written_nor_removed(shared):
    with shared.connect() as connection:
        assert connection.request("GET", "/v1/files/").status == 200
        assert connection.request("GET", "/v1/files").status in (200, 404)
        assert connection.request("POST", "/v1/files/").status == 409
        assert connection.request("PUT", "/v1/files/", b"x").status == 400
        for query in ("", "?recursive=true"):
            answer = connection.request("DELETE", "/v1/files/" + query)
            assert 400 <= answer.status < 500, answer
        assert connection.request("GET", "/v1/files/").status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
@pytest.mark.parametrize("path", ["/nothing", "/nothing/below", "/nothing/"])
@pytest.mark.proves("not-there")
def test_what_is_not_there_is_404(alice, method, path):
    answer = alice(method, path)
    assert answer.status == 404
    if method != "HEAD":
        assert answer.code == "FILE_NOT_FOUND"


@pytest.mark.proves("delete")
def test_delete_removes_a_file(alice):
    alice("PUT", "/file", b"x")
    answer = alice("DELETE", "/file")
    assert (answer.status, answer.body) == (204, b"")
    assert alice("GET", "/file").status == 404
    assert alice("DELETE", "/file").status == 404
    assert alice("PUT", "/file", b"again").status == 201


@pytest.mark.proves("delete")
def test_delete_removes_only_an_empty_directory(alice):
    alice("PUT", "/folder/file", b"x")
    answer = alice("DELETE", "/folder")
    assert (answer.status, answer.code) == (409, "DIRECTORY_NOT_EMPTY")
    assert alice("GET", "/folder/file").body == b"x"
    alice("DELETE", "/folder/file")
    assert alice("DELETE", "/folder").status == 204
    assert alice("HEAD", "/folder").status == 404


@pytest.mark.proves("delete-tree")
def test_a_recursive_delete_takes_the_whole_tree(alice):
    for path in ("/tree/1", "/tree/a/2", "/tree/a/b/3", "/tree/c/4"):
        assert alice("PUT", path, b"x").status == 201
    assert alice("DELETE", "/tree", query="?recursive=true").status == 204
    for path in ("/tree", "/tree/1", "/tree/a", "/tree/a/b/3"):
        assert alice("HEAD", path).status == 404
    assert alice("PUT", "/tree/a/2", b"new").status == 201
    assert [e["name"] for e in alice("GET", "/tree").json()] == ["a"]
    assert [e["name"] for e in alice("GET", "/tree/a").json()] == ["2"]


def test_a_recursive_delete_takes_a_file_too(alice):
    alice("PUT", "/file", b"x")
    assert alice("DELETE", "/file", query="?recursive=true").status == 204


@pytest.mark.proves("read-one-content")
def test_a_reader_keeps_the_content_it_began(alice, folder):
    """P2: a download that began before a replacement and a removal ends with the old bytes, whole."""
    old = bytes(range(256)) * 4096 * 24
    assert alice("PUT", "/file", old).status == 201
    reader = folder("bob").connection
    reader.open()
    reader.send(reader.head("GET", f"/v1/files{alice.base}/file"))
    status, _, headers = reader.response_head()
    assert status == 200
    assert alice("PUT", "/file", b"new").status == 200
    assert alice("DELETE", "/file").status == 204
    parts = []
    reader.exactly(len(old), parts.append)
    assert b"".join(parts) == old
    assert dict((k.lower(), v) for k, v in headers)["content-length"] == str(len(old))


@pytest.mark.parametrize("length, chunked", [(5_000_000, False), (2_000, False), (None, True)])
@pytest.mark.proves("aborted-upload")
def test_an_aborted_upload_changes_nothing(alice, shared, length, chunked):
    """P2, for a replacement and a creation: the connection ends in the middle of the body."""
    alice("PUT", "/old", b"old content")
    tag = alice("HEAD", "/old").header("etag")
    for name in ("/old", "/new"):
        connection = shared.connect()
        connection.open()
        head = connection.head("PUT", f"/v1/files{alice.base}{name}", length=length, chunked=chunked)
        connection.send(head + (b"400\r\n" + b"x" * 1024 + b"\r\n" if chunked else b"x" * 1024))
        connection.close()
    assert alice("GET", "/old").body == b"old content"
    assert alice("HEAD", "/old").header("etag") == tag
    assert alice("HEAD", "/new").status == 404


@pytest.mark.proves("names-exact")
def test_names_keep_every_byte(alice):
    names = [
        "with space",
        "ünï",
        "100%",
        "a+b",
        "q?x#y",
        "'\"",
        "日本語",
        "e\u0301",
        "\u00e9",
        ".hidden",
        "...",
        "~",
        "-",
        "a:b;c=d&e,f",
    ]
    for name in names:
        assert alice("PUT", "/" + quote(name, safe=""), name.encode()).status == 201, name
    listed = [entry["name"] for entry in alice("GET", "").json()]
    assert listed == sorted(names, key=str.encode)
    for name in names:
        assert alice("GET", "/" + quote(name, safe="")).body == name.encode()


@pytest.mark.proves("path-once")
def test_empty_segments_collapse(alice):
    alice("PUT", "/a/b", b"x")
    assert alice("GET", "//a///b").body == b"x"


@pytest.mark.proves("post-creates")
def test_parallel_creators_of_one_name_have_one_winner(alice, shared):
    def create(number):
        with shared.connect() as connection:
            return connection.request("POST", f"/v1/files{alice.base}/one", b"%d" % number).status

    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            statuses = sorted(pool.map(create, range(8)))
        assert statuses == [201] + [409] * 7
        assert alice("DELETE", "/one").status == 204


@pytest.mark.proves("atomic-replacement")
def test_parallel_replacements_leave_one_of_them_whole(alice, shared):
    def replace(number):
        with shared.connect() as connection:
            size = 200_000 if number % 2 else 3_000
            return connection.request(
                "PUT", f"/v1/files{alice.base}/one", described("one", number, size)
            ).status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(replace, range(48)))
    assert statuses.count(201) == 1
    assert statuses.count(200) == 47
    assert sequence_of("one", alice("GET", "/one").body) in range(48)


def test_two_writers_of_one_fresh_name_both_succeed(alice, shared):
    """Without conditions nobody is refused: one creates, the others replace, whoever is first."""

    def write(_):
        seen = []
        with shared.connect() as connection:
            for number in range(300):
                target = f"/v1/files{alice.base}/{number // 10}/{number}"
                seen.append(connection.request("PUT", target, b"x" * 100).status)
        return seen

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(write, range(4)))
    for statuses in zip(*results):
        assert sorted(statuses) == [200, 200, 200, 201]
