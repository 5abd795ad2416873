"""A real tree, all of /usr/include, goes up with curl, comes back, is listed, replaced and deleted."""

import filecmp
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from harness.server import key_of, user

SOURCE = Path("/usr/include")


def local_files(folder):
    """Regular files below a folder, links left out, relative to it."""
    return [
        os.path.relpath(os.path.join(root, name), folder)
        for root, _, names in os.walk(folder)
        for name in names
        if not os.path.islink(os.path.join(root, name))
    ]


def entries_of(files):
    """The files and every folder above them."""
    found = set(files)
    for path in files:
        while path := os.path.dirname(path):
            found.add(path)
    return found


def curl(one, key, transfers, folder):
    """Runs transfers, each a list of curl's configuration lines, in one parallel curl; fails when any
    fails."""
    lines = ["parallel", "parallel-max = 8", "fail", "silent", "show-error"]
    for at, transfer in enumerate(transfers):
        if at:
            lines.append("next")
        lines += [
            "fail",
            "silent",
            "show-error",
            "globoff",
            "path-as-is",
            'write-out = "%{http_code}\\n"',
            f'cacert = "{one.certificate}"',
            f'header = "Authorization: Bearer {key}"',
            *transfer,
        ]
    script = folder / "curl.config"
    script.write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        ["curl", "--config", script], cwd=folder, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, (done.returncode, done.stderr[:2000])
    return done.stdout.split()


def curl_in_parts(one, key, transfers, folder, parts=2):
    """Several curls at once, so that one process' bookkeeping of thousands of handles is not what is
    measured."""
    folders = [folder / f"curl{n}" for n in range(parts)]
    for each in folders:
        each.mkdir(exist_ok=True)
    with ThreadPoolExecutor(parts) as pool:
        results = pool.map(lambda n: curl(one, key, transfers[n::parts], folders[n]), range(parts))
        return [code for codes in results for code in codes]


def pages(connection, target):
    items, cursor = [], None
    while True:
        answer = connection.request("GET", target + (f"&cursor={quote(cursor)}" if cursor else ""))
        assert answer.status == 200, answer
        page = answer.json()
        assert len(page["items"]) == page["count"]
        items += page["items"]
        cursor = page.get("next_cursor")
        if cursor is None:
            return items


@pytest.mark.bounded(300)
def test_usr_include_goes_up_comes_back_is_listed_replaced_and_deleted(server, tmp_path):
    files = local_files(SOURCE)
    assert len(files) > 1000, f"{SOURCE} holds only {len(files)} files"
    print(f"{len(files)} files, {sum((SOURCE / f).stat().st_size for f in files) / 2**20:.0f} MiB")
    alice, bob = key_of("alice"), key_of("bob")
    one = server(
        settings={"auth.api_keys": [alice], "auth.default_user": {"name": "alice", "uid": 1001, "gid": 1001}},
        users=[user("bob", 1002)],
    )
    with one.start(), one.connect(key=alice) as owner, one.connect(key=bob) as stranger:
        base = f"{one.url}/v1/files/include"
        urls = {path: f"{base}/{quote(path)}" for path in files}

        # Up.
        up = [
            [f'upload-file = "{SOURCE / path}"', f'url = "{url}"', 'output = "/dev/null"']
            for path, url in urls.items()
        ]
        try:
            assert curl_in_parts(one, alice, up, tmp_path) == ["201"] * len(files)
        except AssertionError:
            # curl does not say which; the server's own log does.
            print(*(line for line in one.output.splitlines() if '"status":201' not in line), sep="\n")
            raise

        # Listed: as a stream, page by page, by another user too.
        expected = entries_of(files)
        target = "/v1/directories/include?recursive=true"
        for connection in (owner, stranger):
            answer = connection.request("GET", target, headers={"Accept": "application/x-ndjson"})
            *entries, summary = [json.loads(line) for line in answer.body.splitlines()]
            assert "name" not in summary
            streamed = [entry["path"].removeprefix("/include/") for entry in entries]
            assert len(streamed) == len(set(streamed))
            assert set(streamed) == expected
        sizes = {e["path"].removeprefix("/include/"): e["size"] for e in entries if e["type"] == "file"}
        assert sizes == {path: (SOURCE / path).stat().st_size for path in files}
        paged = [e["path"].removeprefix("/include/") for e in pages(owner, target + "&limit=700")]
        assert paged == streamed
        for root, folders, names in os.walk(SOURCE):
            relative = os.path.relpath(root, SOURCE)
            if relative != "." and relative not in expected:
                continue
            path = "" if relative == "." else "/" + quote(relative)
            listed = [e["name"] for e in pages(owner, f"/v1/directories/include{path}?limit=100")]
            below = {p for p in expected if os.path.dirname(p) == ("" if relative == "." else relative)}
            assert listed == sorted((os.path.basename(p) for p in below), key=str.encode)

        # Back, by the one who may only read.
        back = tmp_path / "back"
        down = [[f'url = "{url}"', f'output = "{back / path}"', "create-dirs"] for path, url in urls.items()]
        assert curl_in_parts(one, bob, down, tmp_path) == ["200"] * len(files)
        assert sorted(local_files(back)) == sorted(files)
        _, different, failed = filecmp.cmpfiles(SOURCE, back, files, shallow=False)
        assert (different, failed) == ([], [])

        # Replaced, by the one who may; the other may neither replace nor remove.
        for path in files[:: max(1, len(files) // 50)]:
            assert stranger.request("PUT", f"/v1/files/include/{quote(path)}", b"no").status == 403
            assert stranger.request("DELETE", f"/v1/files/include/{quote(path)}").status == 403
        assert stranger.request("DELETE", "/v1/files/include?recursive=true").status == 403
        assert stranger.request("PUT", "/v1/files/include/new", b"no").status == 403
        chosen = files[::10]
        for path in chosen:
            body = f"replaced {path}".encode()
            assert owner.request("PUT", f"/v1/files/include/{quote(path)}", body).status == 200
        for path in files[::5]:
            body = owner.request("GET", f"/v1/files/include/{quote(path)}").body
            expected_body = (
                f"replaced {path}".encode() if path in set(chosen) else (SOURCE / path).read_bytes()
            )
            assert body == expected_body

        # Closed: what its owner made for herself stays hers.
        owner.request("POST", "/v1/files/private/", headers={"X-CallFS-Mode": "0700"})
        assert owner.request("PUT", "/v1/files/private/file", b"x").status == 201
        assert stranger.request("GET", "/v1/files/private/file").status == 403

        # Deleted: some one by one, the rest in one step.
        for path in chosen:
            assert owner.request("DELETE", f"/v1/files/include/{quote(path)}").status == 204
        answer = owner.request("GET", target, headers={"Accept": "application/x-ndjson"})
        left = {json.loads(line)["path"].removeprefix("/include/") for line in answer.body.splitlines()[:-1]}
        assert left == expected - set(chosen)
        assert owner.request("DELETE", "/v1/files/include?recursive=true").status == 204
        assert owner.request("GET", "/v1/files/include").status == 404
        assert [e["name"] for e in owner.request("GET", "/v1/files/").json()] == ["private"]
        assert one.stop() == 0
    status, output = one.fsck()
    assert status == 0, output
