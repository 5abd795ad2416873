"""Listings: the bare array of a directory, and the pages, walks and streams of /v1/directories."""

import json
from urllib.parse import quote, urlsplit

import pytest

TREE = ["a/1", "a/2", "a/b/3", "a/b/c/4", "a.b", "z/5", "0"]
ENTRY_KEYS = {
    "name",
    "path",
    "type",
    "size",
    "mode",
    "uid",
    "gid",
    "mtime",
    "etag",
    "content_type",
    "instance_id",
    "backend_type",
}


@pytest.fixture
def tree(alice):
    for path in TREE:
        assert alice("PUT", "/" + path, path.encode()).status == 201
    return alice


def walk_order(paths):
    """Every path and folder, a directory before its children, siblings by their bytes."""
    children = {}
    for path in paths:
        parts = path.split("/")
        for depth in range(len(parts)):
            children.setdefault("/".join(parts[:depth]), set()).add(parts[depth])
    order = []

    def visit(folder):
        for name in sorted(children.get(folder, ()), key=str.encode):
            path = f"{folder}/{name}" if folder else name
            order.append(path)
            visit(path)

    visit("")
    return order


def below(client, items):
    assert all(item["path"].startswith(client.base + "/") for item in items)
    return [item["path"].removeprefix(client.base + "/") for item in items]


def lines(answer):
    """Entries and summary of an NDJSON answer."""
    assert answer.header("content-type").split(";")[0] == "application/x-ndjson"
    assert answer.header("transfer-encoding") == "chunked"
    assert answer.body.endswith(b"\n")
    parsed = [json.loads(line) for line in answer.body.splitlines()]
    assert "name" not in parsed[-1], f"no summary line at the end: {parsed[-1]}"
    assert all("name" in entry for entry in parsed[:-1])
    return parsed[:-1], parsed[-1]


def summary_value(summary, key):
    """A figure of the summary line, wherever the line holds it."""
    if key in summary:
        return summary[key]
    return next(value[key] for value in summary.values() if isinstance(value, dict) and key in value)


@pytest.mark.proves("list-array")
def test_a_directory_is_an_array_of_its_entries(tree):
    answer = tree("GET", "")
    assert answer.header("content-type").split(";")[0] == "application/json"
    entries = answer.json()
    assert [e["name"] for e in entries] == ["0", "a", "a.b", "z"]
    assert [e["type"] for e in entries] == ["file", "directory", "file", "directory"]
    for entry in entries:
        assert entry["path"] == f"{tree.base}/{entry['name']}"
        assert entry["uid"] == 1001 and entry["gid"] == 1001
    assert ENTRY_KEYS <= set(entries[0]), f"missing: {ENTRY_KEYS - set(entries[0])}"


@pytest.mark.proves("list-array")
def test_an_entry_says_what_head_says(tree):
    entry = tree("GET", "").json()[0]
    headed = tree("HEAD", "/0")
    assert entry["size"] == 1 == int(headed.header("x-callfs-size"))
    for key, name in [
        ("mode", "x-callfs-mode"),
        ("mtime", "x-callfs-mtime"),
        ("etag", "etag"),
        ("content_type", "content-type"),
        ("instance_id", "x-callfs-instance-id"),
        ("backend_type", "x-callfs-backend-type"),
        ("type", "x-callfs-type"),
    ]:
        assert entry[key] == headed.header(name), key


def test_an_empty_directory_is_an_empty_array(alice):
    assert alice("GET", "").json() == []
    assert alice("GET", "/").json() == []
    listing = alice.listing().json()
    assert (listing["count"], listing["items"]) == (0, [])
    assert "next_cursor" not in listing or listing["next_cursor"] is None


def test_the_object_form_names_itself(tree):
    listing = tree.listing().json()
    assert listing["path"] == tree.base
    assert listing["type"] == "directory"
    assert listing["recursive"] is False
    assert listing["count"] == 4
    assert below(tree, listing["items"]) == ["0", "a", "a.b", "z"]


@pytest.mark.proves("list-tree")
def test_a_recursive_listing_is_a_walk(tree):
    listing = tree.listing(query="?recursive=true").json()
    assert listing["recursive"] is True
    assert listing["max_depth"] == 100
    assert below(tree, listing["items"]) == walk_order(TREE)
    assert listing["count"] == len(walk_order(TREE))
    assert not listing.get("truncated")


@pytest.mark.parametrize(
    "depth, levels, truncated",
    [(0, 1, True), (1, 1, True), (2, 2, True), (3, 3, True), (4, 4, False), (1000, 4, False)],
)
@pytest.mark.proves("list-tree")
def test_depth_counts_levels_below_the_path(tree, depth, levels, truncated):
    listing = tree.listing(query=f"?recursive=true&max_depth={depth}").json()
    assert below(tree, listing["items"]) == [p for p in walk_order(TREE) if p.count("/") < levels]
    assert bool(listing.get("truncated")) is truncated


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=10001",
        "limit=x",
        "limit=",
        "limit=1&limit=2",
        "recursive=yes",
        "recursive=true&max_depth=-1",
        "recursive=true&max_depth=1001",
        "recursive=true&max_depth=x",
        "cursor=nonsense",
        "cursor=",
        "sort=name",
        "Limit=1",
        "limit=1.5",
        "limit=%31%00",
        "limit=99999999999999999999",
    ],
)
@pytest.mark.proves("list-bounds")
def test_a_query_out_of_bounds_is_refused(tree, query):
    answer = tree.listing(query="?" + query)
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST"), answer
    name = query.split("&")[-1].split("=")[0]
    assert name in answer.json()["message"]


@pytest.mark.parametrize("recursive", ["false", "true"])
@pytest.mark.parametrize("limit", [1, 2, 3, 10])
@pytest.mark.proves("list-pages")
def test_pages_join_to_the_whole(tree, recursive, limit):
    whole = tree.listing(query=f"?recursive={recursive}").json()["items"]
    items, cursor, pages = [], None, 0
    while True:
        query = f"?recursive={recursive}&limit={limit}" + (f"&cursor={quote(cursor)}" if cursor else "")
        page = tree.listing(query=query).json()
        assert page["count"] == len(page["items"]) <= limit
        items += page["items"]
        pages += 1
        assert pages <= len(whole) + 1
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    assert items == whole
    assert pages >= len(whole) // limit


@pytest.mark.proves("list-pages")
def test_the_bare_array_pages_by_link(tree):
    names, target = [], f"/v1/files{tree.base}?limit=1"
    for _ in range(6):
        answer = tree.connection.request("GET", target)
        assert answer.status == 200, answer
        names += [entry["name"] for entry in answer.json()]
        link = answer.header("link")
        if link is None:
            break
        address, _, relation = link.partition(";")
        assert relation.replace('"', "").strip() == "rel=next"
        parts = urlsplit(address.strip().strip("<>"))
        target = f"{parts.path}?{parts.query}"
    assert names == ["0", "a", "a.b", "z"]


def test_a_page_goes_on_after_its_last_name_was_removed(tree):
    page = tree.listing(query="?limit=2").json()
    assert tree("DELETE", "/a", query="?recursive=true").status == 204
    assert tree("PUT", "/aa", b"").status == 201
    rest = tree.listing(query="?cursor=" + quote(page["next_cursor"])).json()
    assert below(tree, rest["items"]) in (["a.b", "aa", "z"],)


def test_a_cursor_belongs_to_its_listing(tree):
    cursor = quote(tree.listing("/a", query="?limit=1").json()["next_cursor"])
    assert tree.listing("/z", query=f"?limit=1&cursor={cursor}").status == 400


@pytest.mark.proves("list-stream")
def test_a_stream_has_one_entry_a_line_and_a_summary(tree):
    for query, expected in [("", ["0", "a", "a.b", "z"]), ("?recursive=true", walk_order(TREE))]:
        entries, summary = lines(tree.listing(query=query, headers={"Accept": "application/x-ndjson"}))
        assert below(tree, entries) == expected
        assert summary_value(summary, "count") == len(expected)
        assert ENTRY_KEYS <= set(entries[0])


def test_a_stream_stops_at_its_depth(tree):
    answer = tree.listing(query="?recursive=true&max_depth=2", headers={"Accept": "application/x-ndjson"})
    entries, summary = lines(answer)
    assert below(tree, entries) == [p for p in walk_order(TREE) if p.count("/") < 2]
    assert summary_value(summary, "truncated") is True


@pytest.mark.proves("list-omitted")
def test_what_may_not_be_read_is_left_out_and_counted(alice, bob):
    assert alice("POST", "/open/", headers={"X-CallFS-Mode": "0755"}).status == 201
    assert alice("POST", "/closed/", headers={"X-CallFS-Mode": "0700"}).status == 201
    for name in ("open/1", "closed/2", "closed/deep/3"):
        assert alice("PUT", "/" + name, b"x").status == 201
    seen = bob.listing(query="?recursive=true").json()
    paths = below(bob, seen["items"])
    assert "open/1" in paths
    assert not [path for path in paths if path.startswith("closed/")]
    assert seen["omitted"] >= 1
    entries, summary = lines(bob.listing(query="?recursive=true", headers={"Accept": "application/x-ndjson"}))
    assert below(bob, entries) == paths
    assert summary_value(summary, "omitted") == seen["omitted"]
    assert not alice.listing(query="?recursive=true").json().get("omitted")


@pytest.mark.proves("list-no-file")
def test_listing_a_file_or_nothing_or_a_closed_folder(alice, bob):
    alice("PUT", "/file", b"x")
    alice("POST", "/closed/", headers={"X-CallFS-Mode": "0700"})
    answer = alice.listing("/file")
    assert answer.status == 400
    assert alice.listing("/nothing").status == 404
    refused = bob.listing("/closed")
    assert (refused.status, refused.code) == (403, "PERMISSION_DENIED")
    assert bob("GET", "/closed").status == 403
    assert bob("HEAD", "/closed").status in (200, 403)


@pytest.mark.proves("list-order")
def test_a_listing_ends_in_bytes_order_not_in_any_other(alice):
    names = ["B", "a", "Z", "é", "e\u0301", "~", "_", "10", "9", "-"]
    for name in names:
        assert alice("PUT", "/" + quote(name), b"").status == 201
    assert [e["name"] for e in alice("GET", "").json()] == sorted(names, key=str.encode)


@pytest.mark.bounded(120)
def test_a_directory_of_many_pages(alice):
    """More entries than the default page: the default limit, pages, and the stream agree."""
    names = sorted(f"{n:05d}" for n in range(2345))
    for name in names:
        assert alice("PUT", "/many/" + name, b"").status == 201
    first = alice.listing("/many").json()
    assert first["count"] == 1000
    assert [i["name"] for i in first["items"]] == names[:1000]
    assert len(alice("GET", "/many").json()) == 1000
    items, cursor = first["items"], first["next_cursor"]
    while cursor:
        page = alice.listing("/many", query="?cursor=" + quote(cursor)).json()
        items += page["items"]
        cursor = page.get("next_cursor")
    assert [i["name"] for i in items] == names
    assert [i["name"] for i in alice.listing("/many", query="?limit=10000").json()["items"]] == names
    entries, _ = lines(alice.listing("/many", headers={"Accept": "application/x-ndjson"}))
    assert [e["name"] for e in entries] == names
    assert alice("DELETE", "/many", query="?recursive=true").status == 204
