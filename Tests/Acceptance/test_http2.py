"""HTTP/2: the same service as over HTTP/1.1, for many requests at once on one connection."""

import re
import subprocess

import pytest
from hyperframe.frame import DataFrame, GoAwayFrame, HeadersFrame, PingFrame

from harness import http2
from harness.processes import memory
from harness.server import Server
from harness.waiting import wait_until

MEBIBYTE = 2**20


@pytest.fixture(scope="module")
def one(callfs, tmp_path_factory):
    with Server(callfs, tmp_path_factory.mktemp("http2"), settings={"server.read_timeout": "2s"}) as server:
        yield server
        assert server.stop() == 0


@pytest.fixture
def client(one):
    with http2.Client(one) as client:
        yield client


def pattern(size, seed=1):
    return bytes((seed + n * 31 >> 3) & 0xFF for n in range(min(size, 65_536))) * (size // 65_536 + 1)


# MARK: What is agreed on


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        (("h2",), "h2"),
        (("http/1.1", "h2"), "h2"),
        (("http/1.1",), "http/1.1"),
        (("http/1.0", "http/1.1"), "http/1.1"),
    ],
)
@pytest.mark.proves("http2-by-alpn")
def test_h2_is_preferred_and_http_1_1_is_kept(one, offered, agreed):
    with http2.connect(one, protocols=offered) as connection:
        assert connection.selected_alpn_protocol() == agreed


def test_a_client_that_offers_neither_is_refused_in_the_handshake(one):
    with pytest.raises(OSError, match="(?i)no.application.protocol"):
        http2.connect(one, protocols=("h3",))


@pytest.mark.proves("http2-by-alpn")
def test_http_2_can_be_switched_off(server):
    with server(settings={"server.http2": False}) as plain:
        with http2.connect(plain, protocols=("h2", "http/1.1")) as connection:
            assert connection.selected_alpn_protocol() == "http/1.1"


def test_a_client_with_prior_knowledge_is_served_in_plain_http(server):
    with server(settings={"server.protocol": "http"}) as plain, http2.Client(plain) as client:
        assert client.request("PUT", "/v1/files/plain", b"text").status == 201
        assert bytes(client.request("GET", "/v1/files/plain").body) == b"text"
        with plain.connect() as old:
            assert old.request("GET", "/v1/files/plain").body == b"text"


# MARK: Requests


def test_files_are_written_read_and_removed(client):
    assert client.request("PUT", "/v1/files/a/b", b"content").status == 201
    answer = client.request("GET", "/v1/files/a/b")
    assert (answer.status, bytes(answer.body)) == (200, b"content")
    head = client.request("HEAD", "/v1/files/a/b")
    assert (head.status, bytes(head.body), head.header("content-length")) == (200, b"", "7")
    part = client.request("GET", "/v1/files/a/b", headers=[("range", "bytes=2-4")])
    assert (part.status, bytes(part.body)) == (206, b"nte")
    tag = answer.header("etag")
    assert client.request("GET", "/v1/files/a/b", headers=[("if-none-match", tag)]).status == 304
    assert client.request("PUT", "/v1/files/a/b", b"x", headers=[("if-match", '"no"')]).status == 412
    assert client.request("DELETE", "/v1/files/a/b").status == 204
    missing = client.request("GET", "/v1/files/a/b")
    assert (missing.status, missing.json()["code"]) == (404, "FILE_NOT_FOUND")


@pytest.mark.proves("http2-alike")
def test_answers_have_the_fields_that_they_have_over_http_1_1(one, client):
    client.request("PUT", "/v1/files/fields", b"content")
    with one.connect() as old:
        first = old.request("GET", "/v1/files/fields")
    second = client.request("GET", "/v1/files/fields")
    changing = {"date", "x-request-id"}
    assert {k.lower(): v for k, v in first.headers if k.lower() not in changing} == {
        k: v for k, v in second.headers if k not in changing | {":status"}
    }


def test_a_key_is_asked_for(one):
    with http2.Client(one, key=None) as stranger:
        assert stranger.request("GET", "/v1/files/").status == 401
        upload = stranger.request("PUT", "/v1/files/stranger", pattern(4 * MEBIBYTE))
        assert upload.status == 401
        assert stranger.request("GET", "/health").status == 200


def test_100_requests_at_once_are_answered_each_for_itself(client):
    streams = {n: client.start("PUT", f"/v1/files/many/{n}", b"%d" % n) for n in range(100)}
    assert all(client.finish(stream).status == 201 for stream in streams.values())
    streams = {n: client.start("GET", f"/v1/files/many/{n}") for n in range(100)}
    for n, stream in streams.items():
        assert bytes(client.finish(stream).body) == b"%d" % n


@pytest.mark.parametrize("window", [1_024, 65_535, 16 * MEBIBYTE])
def test_large_bodies_go_up_and_down_whatever_the_window(one, window):
    size = 200_000 if window < 65_535 else 9 * MEBIBYTE + 17
    content = pattern(size)[:size]
    with http2.Client(one, window=window) as client:
        assert client.request("PUT", f"/v1/files/large-{window}", content).status == 201
        streams = [client.start("GET", f"/v1/files/large-{window}") for _ in range(3)]
        for stream in streams:
            answer = client.finish(stream)
            assert answer.header("content-length") == str(size)
            assert bytes(answer.body) == content


def test_trailers_are_read_over(client):
    stream = client.start("PUT", "/v1/files/trailed", b"body", more=True)
    client.connection.send_headers(stream, [("x-checksum", "none")], end_stream=True)
    assert client.finish(stream).status == 201
    assert bytes(client.request("GET", "/v1/files/trailed").body) == b"body"


def test_a_body_that_waits_is_asked_for_and_spared_when_it_is_refused(one, client):
    expects = [("expect", "100-continue")]
    stream = client.start("PUT", "/v1/files/expected", b"content", expects, expects=True)
    answer = client.finish(stream)
    assert (answer.interim, answer.status) == (["100"], 201)
    with http2.Client(one, key="no-such-key-at-all") as stranger:
        refused = stranger.finish(
            stranger.start("PUT", "/v1/files/refused", b"content", expects, expects=True)
        )
        assert (refused.interim, refused.status) == ([], 401)


def test_a_body_that_stalls_is_given_up_and_the_connection_goes_on(client):
    stream = client.start("PUT", "/v1/files/stalled", b"half", [("content-length", "8")], more=True)
    answer = client.finish(stream)
    assert answer.status == 408
    assert client.request("GET", "/v1/files/stalled").status == 404


def test_an_upload_that_is_reset_changes_nothing(client):
    stream = client.start("PUT", "/v1/files/given-up", b"half", more=True)
    client.connection.reset_stream(stream)
    assert client.request("GET", "/v1/files/given-up").status == 404


def test_a_listing_is_streamed(client):
    for n in range(30):
        client.request("PUT", f"/v1/files/listed/{n}", b"")
    answer = client.request("GET", "/v1/directories/listed", headers=[("accept", "application/x-ndjson")])
    assert answer.status == 200
    assert answer.body.count(b"\n") >= 30


# MARK: Bounds


def test_what_the_client_does_not_read_is_not_held_in_memory(server):
    with server(settings={"server.write_timeout": "3s"}) as one, http2.Client(one) as writer:
        content = pattern(32 * MEBIBYTE)
        assert writer.request("PUT", "/v1/files/large", content).status == 201
        before = memory(one.pid)[0]
        slow = http2.Client(one, window=65_535, opens_windows=False)
        streams = [slow.start("GET", "/v1/files/large") for _ in range(100)]
        slow.run(lambda: sum(len(slow.answers[stream].body) for stream in streams) == 65_535)
        assert memory(one.pid)[1] - before < 24 * MEBIBYTE
        # The window of the connection stays shut: in the end it is cut.
        with pytest.raises(ConnectionError):
            slow.run(lambda: False)
        assert writer.request("GET", "/health").status == 200


def test_a_server_that_stops_says_goodbye_and_finishes_what_it_does(server):
    with server() as one, http2.Client(one) as idle:
        assert idle.request("GET", "/health").status == 200
        busy = http2.Raw(one)
        busy.send(busy.head(1, method="PUT", path="/v1/files/late", flags=["END_HEADERS"]))
        busy.send(DataFrame(1, b"first"), busy.head(3))
        assert busy.outcome(3) == "status 200"
        one.process.terminate()
        idle.run_to_end()
        assert [code for code, _ in idle.farewells] == [0]

        # First the announcement, then, after a round trip, the last stream that is served.
        frames = busy.frames()
        announced = next(frame for frame in frames if isinstance(frame, GoAwayFrame))
        assert (announced.error_code, announced.last_stream_id) == (0, 2**31 - 1)
        ping = next(frame for frame in frames if isinstance(frame, PingFrame))
        busy.send(PingFrame(0, ping.opaque_data, flags=["ACK"]))
        last = next(frame for frame in frames if isinstance(frame, GoAwayFrame))
        assert (last.error_code, last.last_stream_id) == (0, 3)

        busy.send(busy.head(5), DataFrame(1, b" last", flags=["END_STREAM"]))
        answered = {frame.stream_id for frame in frames if isinstance(frame, HeadersFrame)}
        assert answered == {1}
        wait_until(lambda: not one.is_running(), 20, "the server has stopped")
        assert one.process.returncode == 0
        one.process = None
    with server(data=one.data) as again, http2.Client(again) as client:
        assert bytes(client.request("GET", "/v1/files/late").body) == b"first last"


# MARK: Other clients


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_speaks_http_2(one, tmp_path):
    content = pattern(3 * MEBIBYTE)
    (tmp_path / "sent").write_bytes(content)
    base = ("curl", "--silent", "--show-error", "--http2", "--cacert", str(one.certificate), "-H")
    key, url = f"Authorization: Bearer {one.key}", f"{one.url}/v1/files/by-curl"
    report = ("-w", "%{http_version} %{http_code}")
    assert run(*base, key, "-T", str(tmp_path / "sent"), url, "-o", "/dev/null", *report) == "2 201"
    assert run(*base, key, url, "-o", str(tmp_path / "got"), *report) == "2 200"
    assert (tmp_path / "got").read_bytes() == content


def test_nghttp_speaks_http_2(one, client):
    client.request("PUT", "/v1/files/by-nghttp", b"for nghttp")
    key, url = f"authorization: Bearer {one.key}", f"{one.url}/v1/files/by-nghttp"
    assert run("nghttp", "-H", key, url) == "for nghttp"


def test_h2load_finds_no_error(one, client):
    client.request("PUT", "/v1/files/by-h2load", b"x" * 1024)
    key, url = f"authorization: Bearer {one.key}", f"{one.url}/v1/files/by-h2load"
    report = run("h2load", "-t1", "-c8", "-m16", "-n2000", "-H", key, url)
    assert re.search(r"2000 succeeded, 0 failed, 0 errored, 0 timeout", report), report
    assert "Application protocol: h2" in report
