"""What holds for every request: keys, errors, headers, paths, queries, methods, expectations."""

import json
import re
import ssl

import pytest

from harness.server import key_of
from harness.waiting import wait_until

UNKNOWN_KEY = "0123456789abcdef0123456789abcdef"
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,}")


# MARK: Keys


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {UNKNOWN_KEY}",
        "Basic YTpi",
        "Bearer KEY KEY",
        "Bearer KEYx",
        "Token KEY",
        "KEY",
        "Bearer \x7f",
    ],
)
@pytest.mark.parametrize("target", ["/v1/files/", "/v1/directories/", "/v1/files/nothing"])
@pytest.mark.proves("key-needed")
def test_without_a_valid_key_nothing_is_told(shared, value, target):
    headers = [] if value is None else [("Authorization", value.replace("KEY", shared.key))]
    with shared.connect(key=None) as connection:
        answer = connection.request("GET", target, headers=headers)
    assert answer.status in ((401,) if value != "Bearer \x7f" else (400, 401)), answer
    if answer.status == 401:
        assert answer.code == "AUTHENTICATION_FAILED"
        assert answer.header("www-authenticate").split()[0].rstrip(",") == "Bearer"


def test_two_keys_are_refused(shared):
    with shared.connect(key=None) as connection:
        headers = [("Authorization", f"Bearer {key_of(name)}") for name in ("alice", "bob")]
        assert connection.request("GET", "/v1/files/", headers=headers).status in (400, 401)


def test_the_scheme_of_a_key_has_no_case(shared):
    with shared.connect(key=None) as connection:
        headers = {"Authorization": f"bearer {shared.key}"}
        assert connection.request("GET", "/v1/files/", headers=headers).status == 200


@pytest.mark.proves("key-before-body")
def test_an_unauthenticated_upload_is_refused_before_its_body(shared):
    with shared.connect(key=None) as connection:
        head = connection.head("PUT", "/v1/files/x", [("Expect", "100-continue")], length=10_000_000)
        connection.send(head)
        answer = connection.response("PUT")
    assert (answer.status, answer.interim) == (401, [])


@pytest.mark.proves("health")
def test_health_needs_no_key(shared):
    with shared.connect(key=None) as connection:
        for target, status in (("/health", "ok"), ("/health/ready", "ready")):
            answer = connection.request("GET", target)
            assert (answer.status, answer.json()["status"]) == (200, status), answer
            assert connection.request("HEAD", target).status == 200
        dependencies = connection.request("GET", "/health/ready").json()["dependencies"]
    assert {one["name"]: one["available"] for one in dependencies} == {"metadata": True, "localfs": True}


@pytest.mark.proves("health")
def test_readiness_says_what_is_wrong_with_a_store(server):
    one = server()
    with one.start(), one.connect(key=None) as connection:
        (one.data / ".callfs" / "store.json").rename(one.folder / "unmounted")

        def answer():
            answer = connection.request("GET", "/health/ready")
            return answer.status == 503 and answer

        # Asked for at most every few seconds.
        told = wait_until(answer, 20, "readiness notices").json()
        assert told["status"] == "unavailable"
        store = next(part for part in told["dependencies"] if part["name"] == "localfs")
        assert (store["available"], store["detail"]) == (False, "its marker is gone")
        assert connection.request("GET", "/health").status == 200


# MARK: Errors


@pytest.mark.parametrize(
    "method, path, headers, status, code",
    [
        ("GET", "/nothing", {}, 404, "FILE_NOT_FOUND"),
        ("PUT", "/folder", {}, 400, "IS_A_DIRECTORY"),
        ("PUT", "/file/below", {}, 409, "NOT_A_DIRECTORY"),
        ("POST", "/file", {}, 409, "FILE_ALREADY_EXISTS"),
        ("DELETE", "/folder", {}, 409, "DIRECTORY_NOT_EMPTY"),
        ("GET", "/%2e%2e", {}, 400, "INVALID_PATH"),
        ("GET", "/file", {"If-Match": '"no"'}, 412, "PRECONDITION_FAILED"),
        ("GET", "/file", {"Range": "bytes=9-"}, 416, "RANGE_NOT_SATISFIABLE"),
        ("GET", "/file", {"Authorization": f"Bearer {UNKNOWN_KEY}"}, 401, "AUTHENTICATION_FAILED"),
    ],
)
@pytest.mark.parametrize("form", ["application/json", "application/problem+json"])
@pytest.mark.proves("error-shape")
def test_an_error_has_one_shape(alice, method, path, headers, status, code, form):
    alice("PUT", "/file", b"x")
    alice("PUT", "/folder/file", b"x")
    body = b"x" if method in ("PUT", "POST") else None
    answer = alice(method, path, body, {"Accept": form, **headers})
    assert answer.status == status, answer
    assert answer.header("content-type").split(";")[0] == form
    value = answer.json()
    assert value["code"] == code
    assert value["request_id"] == answer.header("x-request-id")
    if form == "application/json":
        assert value["message"]
    else:
        assert value["status"] == status
        assert value["title"] and value["type"] and value["detail"]
    text = answer.body.decode()
    assert "SQL" not in text and "/tmp/" not in text and ".callfs" not in text


@pytest.mark.parametrize("path", ["/nothing", "/%2e%2e", "/a%2fb"])
@pytest.mark.proves("error-shape")
def test_an_error_to_head_has_no_body(alice, path):
    answer = alice("HEAD", path)
    assert answer.status in (400, 404)
    assert alice("GET", "").status == 200  # The connection is still in step.


# MARK: Headers of every answer


@pytest.mark.parametrize(
    "method, target, key",
    [
        ("GET", "/health", None),
        ("GET", "/v1/files/", True),
        ("GET", "/v1/files/nothing", True),
        ("GET", "/v1/files/", None),
        ("PATCH", "/health", None),
        ("GET", "/nowhere", None),
        ("DELETE", "/v1/files/nothing", True),
        ("GET", "/v1/directories/", True),
    ],
)
@pytest.mark.proves("protection")
def test_every_answer_is_defended(shared, method, target, key):
    with shared.connect() as connection:
        answer = connection.request(method, target, key=shared.key if key else None)
    assert REQUEST_ID.fullmatch(answer.header("x-request-id"))
    assert "max-age=" in answer.header("strict-transport-security")
    assert answer.header("content-security-policy")
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("x-frame-options") == "DENY"
    assert answer.header("referrer-policy")
    assert answer.header("permissions-policy")
    assert answer.header("cross-origin-opener-policy")
    assert answer.header("cross-origin-resource-policy")
    assert answer.header("date")


@pytest.mark.proves("request-id")
def test_a_well_formed_request_id_is_kept(alice):
    assert (
        alice("GET", "", headers={"X-Request-ID": "my-request.0001"}).header("x-request-id")
        == "my-request.0001"
    )


@pytest.mark.parametrize("value", ["", "a b", "x" * 500, "<script>", "é"])
@pytest.mark.proves("request-id")
def test_another_request_id_is_replaced(alice, value):
    answer = alice("GET", "", headers={"X-Request-ID": value})
    assert answer.status in (200, 400)
    made = answer.header("x-request-id")
    assert made != value and REQUEST_ID.fullmatch(made)


def test_request_ids_differ(alice):
    assert len({alice("GET", "").header("x-request-id") for _ in range(50)}) == 50


# MARK: Paths


@pytest.mark.parametrize(
    "path",
    [
        "/.",
        "/..",
        "/a/./b",
        "/a/../b",
        "/%2e",
        "/%2E%2e",
        "/.%2e",
        "/..%2f",
        "/a%2Fb",
        "/a%2fb",
        "/a%00b",
        "/%00",
        "/a%5Cb",
        "/a%5cb",
        "/a%0Ab",
        "/a%0d",
        "/a%1F",
        "/a%7F",
        "/a%C2%85",
        "/a%E2%80%AEb",
        "/a%E2%81%A6b",
        "/a%E2%80%8E",
        "/%",
        "/%2",
        "/%zz",
        "/%ff",
        "/%C3",
        "/%C0%AF",
        "/%ED%A0%80",
        "/%F5%80%80%80",
        "/%c0%ae%c0%ae",
        "/" + "x" * 256,
        "/" + "%C3%A9" * 128,
        "/" + "/".join(["x" * 200] * 21),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.proves("path-rules")
def test_a_hostile_path_is_refused(alice, method, path):
    answer = alice(method, path, b"x" if method == "PUT" else None)
    assert (answer.status, answer.code) == (400, "INVALID_PATH"), answer


@pytest.mark.parametrize("path", ["/%2e%2e/x", "/a%2Fb", "/a%00"])
@pytest.mark.proves("path-rules")
def test_a_hostile_path_is_refused_in_a_listing_and_a_descriptor(alice, path):
    assert alice.listing(path).code == "INVALID_PATH"
    answer = alice("POST", path, b'{"type":"directory"}', {"Content-Type": "application/json"})
    assert answer.code == "INVALID_PATH"


@pytest.mark.proves("path-once")
def test_a_path_is_decoded_once(alice):
    assert alice("PUT", "/%252e%252e", b"x").status == 201
    assert alice("GET", "").json()[0]["name"] == "%2e%2e"


@pytest.mark.proves("path-rules")
def test_the_longest_names_and_paths_work(alice):
    name = "n" * 255
    assert alice("PUT", "/" + name, b"x").status == 201
    assert alice("GET", "/" + name).body == b"x"
    room = 4096 - len(alice.base)
    deep = "/d" * (room // 2)
    assert alice("PUT", deep, b"x").status == 201, "the deepest path"
    assert alice("GET", deep).body == b"x"
    assert alice("GET", deep + "/d").status in (400, 404, 409)
    assert alice("DELETE", "/d", query="?recursive=true").status == 204


# MARK: Queries and methods


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize("query", ["?colour=red", "?Recursive=true", "?access_token=x", "?=", "?a"])
@pytest.mark.proves("query-known")
def test_an_unknown_query_parameter_is_refused(alice, method, query):
    alice("PUT", "/file", b"kept")
    answer = alice(method, "/file", b"x" if method in ("PUT", "POST") else None, query=query)
    assert answer.status == 400, answer
    if method != "HEAD":
        assert answer.code == "INVALID_REQUEST"
        name = query[1:].split("=")[0]
        assert name in answer.json()["message"]
    assert alice("GET", "/file").body == b"kept"


@pytest.mark.parametrize(
    "query",
    ["?recursive=yes", "?recursive=", "?recursive=1", "?recursive=true&recursive=false", "?recursive"],
)
@pytest.mark.proves("query-known")
def test_a_bad_value_of_a_query_parameter_is_refused(alice, query):
    alice("PUT", "/folder/file", b"kept")
    answer = alice("DELETE", "/folder", query=query)
    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert "recursive" in answer.json()["message"]
    assert alice("GET", "/folder/file").body == b"kept"


@pytest.mark.parametrize(
    "method, target, allowed",
    [
        ("TRACE", "/v1/files/x", {"GET", "HEAD", "POST", "PUT", "DELETE"}),
        ("PROPFIND", "/v1/files/x", {"GET", "HEAD", "POST", "PUT", "DELETE"}),
        ("PUT", "/v1/directories/x", {"GET", "HEAD"}),
        ("DELETE", "/v1/directories/x", {"GET", "HEAD"}),
        ("POST", "/health", {"GET", "HEAD"}),
        ("DELETE", "/health/ready", {"GET", "HEAD"}),
    ],
)
@pytest.mark.proves("method-known")
def test_another_method_is_405_and_says_which_are_allowed(shared, method, target, allowed):
    with shared.connect() as connection:
        answer = connection.request(method, target)
    assert answer.status in (405, 501), answer
    if answer.status == 405:
        assert answer.code == "METHOD_NOT_ALLOWED"
        found = {name.strip() for name in answer.header("allow").split(",")}
        assert {"GET"} <= found and found & allowed and method not in found


@pytest.mark.parametrize(
    "target", ["/", "/v1", "/v2/files/", "/v1/filesystem", "/internal/v1/contents/x", "/v1/Files/"]
)
@pytest.mark.proves("method-known")
def test_an_unknown_route_is_404(shared, target):
    with shared.connect() as connection:
        answer = connection.request("GET", target)
    assert answer.status == 404, answer
    assert answer.json()["code"] and answer.json()["request_id"]


def test_the_routes_of_the_system_take_no_query(shared):
    with shared.connect() as connection:
        assert connection.request("GET", "/health?x=1").status in (200, 400)


@pytest.mark.parametrize(
    "name, value, method",
    [
        ("X-CallFS-Mode", "0600", "PUT"),
        ("X-CallFS-MTime", "2001-02-03T04:05:06Z", "PUT"),
        ("Content-Type", "text/plain", "PUT"),
        ("Content-Type", "application/json", "POST"),
        ("If-Unmodified-Since", "Sat, 03 Feb 2001 04:05:06 GMT", "DELETE"),
        ("If-Unmodified-Since", "Sat, 03 Feb 2001 04:05:06 GMT", "PUT"),
    ],
)
@pytest.mark.proves("field-once")
def test_a_doubled_field_is_refused(alice, name, value, method):
    """Nobody knows which of two the client meant; to take neither is the worst answer."""
    if method == "DELETE":
        alice("PUT", "/file", b"kept")
    body = b"new" if method != "DELETE" else None
    answer = alice(method, "/file", body, [(name, value), (name, value)])
    assert answer.status in (400, 412), answer
    assert alice("HEAD", "/file").status == (200 if method == "DELETE" else 404)


# MARK: Expectations and connections


@pytest.mark.proves("continue")
def test_a_welcome_upload_is_told_to_continue(alice):
    connection = alice.connection
    connection.open()
    head = connection.head("PUT", f"/v1/files{alice.base}/file", [("Expect", "100-continue")], length=5)
    connection.send(head)
    status, _, headers = connection.response_head()
    assert (status, headers) == (100, [])
    connection.send(b"hello")
    assert connection.response("PUT").status == 201
    assert alice("GET", "/file").body == b"hello"


@pytest.mark.parametrize("path, status", [("/folder", 400), ("/file/below", 409), ("/%2e%2e", 400)])
@pytest.mark.proves("continue")
def test_a_refused_upload_is_never_told_to_continue(alice, path, status):
    alice("PUT", "/file", b"x")
    alice("POST", "/folder/")
    connection = alice.connection
    head = connection.head(
        "PUT", f"/v1/files{alice.base}{path}", [("Expect", "100-continue")], length=10_000_000
    )
    connection.open()
    connection.send(head)
    answer = connection.response("PUT")
    assert (answer.status, answer.interim) == (status, [])


def test_an_unknown_expectation_fails(alice):
    answer = alice("PUT", "/file", b"x", {"Expect": "200-ok"})
    assert answer.status == 417, answer


def test_pipelined_requests_are_answered_in_order(alice):
    for number in range(5):
        alice("PUT", f"/{number}", b"%d" % number)
    connection = alice.connection
    connection.open()
    connection.send(b"".join(connection.head("GET", f"/v1/files{alice.base}/{n}") for n in range(5)))
    bodies = []
    for _ in range(5):
        status, _, headers = connection.response_head()
        assert status == 200
        length = int(dict((k.lower(), v) for k, v in headers)["content-length"])
        connection.exactly(length, bodies.append)
    assert b"".join(bodies) == b"01234"


def test_a_pipelined_write_is_seen_by_the_next_read(alice):
    connection = alice.connection
    connection.open()
    target = f"/v1/files{alice.base}/file"
    connection.send(
        connection.head("PUT", target, length=3)
        + b"one"
        + connection.head("GET", target)
        + connection.head("DELETE", target)
        + connection.head("HEAD", target)
    )
    statuses, body = [], []
    for method in ("PUT", "GET", "DELETE", "HEAD"):
        status, _, headers = connection.response_head()
        statuses.append(status)
        length = int(dict((k.lower(), v) for k, v in headers).get("content-length", 0))
        if method != "HEAD":
            connection.exactly(length, body.append if method == "GET" else lambda _: None)
    assert (statuses, b"".join(body)) == ([201, 200, 204, 404], b"one")


def test_a_client_may_ask_for_the_end(shared):
    connection = shared.connect()
    answer = connection.request("GET", "/health", headers={"Connection": "close"})
    assert answer.header("connection").lower() == "close"
    assert connection.socket is None  # The client saw the end of the stream right after the answer.


def test_a_thousand_requests_on_one_connection(shared):
    with shared.connect() as connection:
        first = connection.open().socket
        for _ in range(1000):
            assert connection.request("GET", "/health").status == 200
        assert connection.socket is first


def test_an_http_1_0_client_is_served_and_let_go(shared):
    connection = shared.connect()
    connection.open()
    connection.send(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
    status, _, _ = connection.response_head()
    assert status in (200, 505)
    assert connection.is_closed_by_peer(10)


@pytest.mark.proves("body-limit")
def test_a_body_over_the_limit_is_413(server):
    one = server(settings={"server.max_body_bytes": 100_000})
    with one.start(), one.connect() as connection:
        assert connection.request("PUT", "/v1/files/fits", b"x" * 100_000).status == 201
        announced = connection.request("PUT", "/v1/files/long", b"x" * 100_001)
        assert (announced.status, announced.code) == (413, "PAYLOAD_TOO_LARGE")
        connection.close()
        chunked = connection.request("PUT", "/v1/files/chunked", iter([b"x" * 50_000] * 3))
        assert (chunked.status, chunked.code) == (413, "PAYLOAD_TOO_LARGE")
        connection.close()
        for name in ("long", "chunked"):
            assert connection.request("HEAD", "/v1/files/" + name).status == 404


@pytest.mark.parametrize(
    "version, accepted",
    [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)],
)
@pytest.mark.proves("tls-oldest")
def test_tls_1_2_is_the_oldest(shared, version, accepted):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(shared.certificate)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning) if not accepted else _nothing():
        context.minimum_version = context.maximum_version = version
    connection = shared.connect(key=None)
    connection.tls = context
    if accepted:
        assert connection.request("GET", "/health").status == 200
        connection.close()
    else:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            connection.open()


class _nothing:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


def test_plain_http_on_the_tls_port_disturbs_nobody(shared):
    connection = shared.connect(key=None)
    connection.tls = None
    connection.open()
    connection.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert connection.is_closed_by_peer(10)
    with shared.connect(key=None) as next_one:
        assert next_one.request("GET", "/health").status == 200


# MARK: Logs


@pytest.mark.proves("no-secrets")
def test_the_access_log_says_who_did_what_and_no_secret(server):
    one = server(settings={"log.format": "json"})
    with one.start(), one.connect() as connection:
        connection.request(
            "PUT", "/v1/files/secret-name", b"secret-body", {"X-Request-ID": "request-in-log-1"}
        )
        key = one.key
        one.stop()
    output = one.output
    events = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    mine = [
        event
        for event in events
        if event["message"] == "request" and "request-in-log-1" in json.dumps(event)
    ]
    assert len(mine) == 1, output
    text = json.dumps(mine[0])
    assert "201" in text and "callfs" in text and "PUT" in text
    assert "secret-body" not in output
    log = "\n".join(line for line in output.splitlines() if line.startswith("{"))
    assert key not in log


def test_what_the_api_does_not_have_is_not_found(alice):
    answer = alice.connection.request("GET", "/v2/files/x")
    assert (answer.status, answer.code) == (404, "NOT_FOUND")
