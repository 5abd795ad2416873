"""Compression of what the server writes itself, and what pages of other origins may do."""

import gzip
import json

import pytest


@pytest.mark.proves("coding")
def test_listings_come_packed_for_whoever_asks_and_files_never(server):
    one = server()
    with one.start(), one.connect() as connection:
        for number in range(40):
            assert connection.request("PUT", f"/v1/files/d/{number:03}.json", b"{}").status == 201
        plain = connection.request("GET", "/v1/files/d")
        packed = connection.request("GET", "/v1/files/d", headers={"Accept-Encoding": "gzip"})
        assert packed.header("content-encoding") == "gzip" and packed.header("vary") == "Accept-Encoding"
        assert gzip.decompress(packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 4
        assert packed.header("etag") != plain.header("etag")

        best = connection.request("GET", "/v1/files/d", headers={"Accept-Encoding": "gzip, zstd, br"})
        assert best.header("content-encoding") == "zstd" and best.body[:4] == bytes.fromhex("28b52ffd")

        wanted = {"Accept-Encoding": "gzip", "Accept": "application/x-ndjson"}
        lines = connection.request("GET", "/v1/directories/d", headers=wanted)
        assert lines.header("content-encoding") == "gzip"
        entries = [json.loads(line) for line in gzip.decompress(lines.body).splitlines()]
        assert len(entries) == 41 and entries[-1]["count"] == 40

        file = connection.request("GET", "/v1/files/d/000.json", headers={"Accept-Encoding": "gzip"})
        assert file.body == b"{}" and file.header("content-encoding") is None
        assert one.stop() == 0


def test_compression_can_be_switched_off(server):
    one = server(settings={"compression.enabled": False})
    with one.start(), one.connect() as connection:
        for number in range(40):
            assert connection.request("PUT", f"/v1/files/d/{number:03}", b"x").status == 201
        answer = connection.request("GET", "/v1/files/d", headers={"Accept-Encoding": "gzip, zstd"})
        assert answer.header("content-encoding") is None and answer.header("vary") is None
        assert len(json.loads(answer.body)) == 40
        assert one.stop() == 0


@pytest.mark.proves("cors")
def test_a_page_of_an_allowed_origin_may_ask_first_and_then_write(server):
    page = "https://app.example"
    one = server(settings={"cors.allowed_origins": [page]})
    question = {"Origin": page, "Access-Control-Request-Method": "PUT"}
    with one.start(), one.connect() as connection:
        asked = connection.request("OPTIONS", "/v1/files/f", headers=question, key=None)
        assert asked.status == 204 and asked.header("access-control-allow-origin") == page
        written = connection.request("PUT", "/v1/files/f", b"x", {"Origin": page})
        assert written.status == 201 and written.header("access-control-allow-origin") == page
        other = connection.request(
            "OPTIONS", "/v1/files/f", headers=question | {"Origin": "https://evil.example"}, key=None
        )
        assert other.status == 401 and other.header("access-control-allow-origin") is None
        assert one.stop() == 0
