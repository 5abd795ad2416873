"""Symbolic and hard links, beside those that the kernel has in a folder of this machine."""

import errno
import json
import os

import pytest

STATUS = {errno.ENOENT: 404, errno.ENOTDIR: 409, errno.ELOOP: 400, errno.ENAMETOOLONG: 400, errno.EISDIR: 200}
NAMES = ["a", "b", "c"]


def make(client, path, kind, target):
    body = json.dumps({"type": kind, "target": target})
    return client("POST", path, body.encode(), {"Content-Type": "application/json"})


def plant(generator, client, root):
    """The same tree at both places: directories four levels down, files, and links of every kind. `..` does
    not lead above the folder, which the two do not share."""
    base = client.base
    for depth in range(1, 4):
        for path in ["/" + "/".join(generator.choices(NAMES, k=depth)) for _ in range(4)]:
            os.makedirs(str(root) + path, exist_ok=True)
            assert client("POST", path + "/", query="?parents=true").status in (200, 201)
    for _ in range(90):
        folders = [folder for folder, _, _ in os.walk(root)]
        folder = generator.choice(folders)[len(str(root)) :]
        path = f"{folder}/{generator.choice(NAMES + ['d', 'e', 'f', 'g'])}"
        if os.path.lexists(str(root) + path):
            continue
        depth = folder.count("/")
        ups = generator.randrange(depth + 1)
        names = generator.choices(NAMES + ["d", "e", "f", "."], k=generator.randrange(1, 4))
        target = "/".join([".."] * ups + names) + generator.choice(["", "", "/"])
        if generator.random() < 0.25:
            kernel, ours = f"{root}/{target}".replace("/..", ""), f"{base}/{target}".replace("/..", "")
        else:
            kernel = ours = target
        if generator.random() < 0.3:
            (root / path[1:]).write_text(path)
            assert client("POST", path, path.encode()).status == 201
        else:
            os.symlink(kernel, str(root) + path)
            assert make(client, path, "symlink", ours).status == 201


def kernel_reads(path):
    try:
        with open(path, "rb") as file:
            return 200, file.read()
    except OSError as error:
        if error.errno == errno.EISDIR:
            return 200, sorted(os.listdir(path))
        return STATUS[error.errno], None


def paths_of(generator, root):
    """Everything that is there, links too, and something behind each of it that may be there or not."""
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = f"{folder}/{name}"[len(str(root)) :]
            yield path
            yield path + "/" + "/".join(generator.choices(NAMES + ["d", "e"], k=generator.randrange(1, 3)))


@pytest.mark.proves("links-in-tree")
def test_paths_lead_through_links_where_the_kernel_has_them_lead(alice, tmp_path, seeded):
    through = 0
    for number in range(3):
        root = tmp_path / str(number)
        root.mkdir()
        alice("DELETE", "", query="?recursive=true")
        alice("POST", "/")
        plant(seeded, alice, root)
        for path in list(paths_of(seeded, root)):
            status, expected = kernel_reads(str(root) + path)
            answer = alice("GET", path)
            assert answer.status == status, (path, os.path.realpath(str(root) + path), answer)
            if isinstance(expected, list):
                assert [entry["name"] for entry in answer.json()] == expected, path
            elif status == 200:
                assert answer.body == expected, path
            through += os.path.realpath(str(root) + path) != str(root) + path and status == 200
    assert through > 5, "hardly anything was reached through a link"


@pytest.mark.proves("links-in-tree")
def test_a_hard_link_shares_everything_with_the_first_name_and_survives_it(alice):
    alice("PUT", "/file", b"one")
    answer = make(alice, "/sub/other", "link", f"{alice.base}/file")
    assert (answer.status, answer.json()["nlink"]) == (201, 2)
    alice("PUT", "/sub/other", b"two" * 20_000)
    assert alice("GET", "/file").body == b"two" * 20_000
    body = json.dumps({"mode": "0600"}).encode()
    assert alice("PATCH", "/file", body, {"Content-Type": "application/json"}).status == 200
    assert alice("HEAD", "/sub/other").header("X-CallFS-Mode") == "0600"
    assert alice("DELETE", "/file").status == 204
    answer = alice("GET", "/sub/other")
    assert (answer.body, answer.header("X-CallFS-Links")) == (b"two" * 20_000, "1")


def test_links_of_both_kinds_survive_a_restart_and_the_check_finds_nothing(server):
    one = server()
    with one.start(), one.connect() as connection:

        def request(method, path, body=None):
            kind = {"Content-Type": "application/json"} if method == "POST" else {}
            return connection.request(method, "/v1/files" + path, body=body, headers=kind)

        assert request("PUT", "/d/file", b"kept").status == 201
        for path, target, kind in [("/s", "d/../d/file", "symlink"), ("/h", "/d/file", "link")]:
            assert request("POST", path, json.dumps({"type": kind, "target": target}).encode()).status == 201
        assert request("DELETE", "/d?recursive=true").status == 204
        assert one.stop() == 0
    with one.start(), one.connect() as connection:
        assert connection.request("GET", "/v1/files/h").body == b"kept"
        assert connection.request("GET", "/v1/files/s").status == 404
        link = connection.request("GET", "/v1/files/s?follow=false")
        assert link.json()["target"] == "d/../d/file"
        assert one.stop() == 0
    status, output = one.fsck()
    assert status == 0, output
