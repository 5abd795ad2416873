"""What an operator sees of a server: metrics, the audit log, the access log."""

import json
import os
import re
import stat

import pytest

from harness.http1 import Connection
from harness.server import free_port, user
from harness.waiting import wait_until, written_lines

SAMPLE = re.compile(r'^([a-z_:]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)$')
PROMISED = {
    "callfs_http_requests_total": "counter",
    "callfs_http_request_duration_seconds": "histogram",
    "callfs_http_requests_in_flight": "gauge",
    "callfs_http_request_bytes_total": "counter",
    "callfs_http_response_bytes_total": "counter",
    "callfs_backend_ops_total": "counter",
    "callfs_backend_op_duration_seconds": "histogram",
    "callfs_metadata_db_queries_total": "counter",
    "callfs_metadata_db_query_duration_seconds": "histogram",
    "callfs_metadata_cache_hits_total": "counter",
    "callfs_metadata_cache_misses_total": "counter",
    "callfs_single_use_link_generations_total": "counter",
    "callfs_single_use_link_consumptions_total": "counter",
    "callfs_lock_operations_total": "counter",
    "callfs_lock_operation_duration_seconds": "histogram",
    "callfs_active_locks": "gauge",
    "callfs_cross_server_operations_total": "counter",
    "callfs_file_operations_total": "counter",
    "callfs_errors_total": "counter",
    "callfs_garbage_contents": "gauge",
    "callfs_build_info": "gauge",
    "process_cpu_seconds_total": "counter",
    "process_resident_memory_bytes": "gauge",
    "process_open_fds": "gauge",
    "process_max_fds": "gauge",
    "process_start_time_seconds": "gauge",
    "callfs_loop_turn_duration_seconds": "histogram",
    "callfs_http_connections_open": "gauge",
    "callfs_tls_certificate_expiry_timestamp_seconds": "gauge",
    "callfs_log_lines_lost_total": "counter",
    "callfs_audit_lines_lost_total": "counter",
    "callfs_backend_up": "gauge",
    "callfs_backend_free_bytes": "gauge",
    "callfs_backend_size_bytes": "gauge",
    "callfs_detached_trees": "gauge",
    "process_virtual_memory_bytes": "gauge",
}


def scrape(connection):
    answer = connection.request("GET", "/metrics", key=None)
    assert answer.status == 200
    assert answer.header("content-type") == "text/plain; version=0.0.4; charset=utf-8"
    types, samples = {}, {}
    for line in answer.body.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types, f"{name} is there twice"
            types[name] = kind
        elif not line.startswith("# HELP "):
            name, labels, value = SAMPLE.match(line).groups()
            samples[name, labels or ""] = float(value)
    return types, samples


def lines(path, **wanted):
    found = [json.loads(line) for line in written_lines(path.read_text()) if line.startswith("{")]
    return [one for one in found if wanted.items() <= one.items()]


@pytest.mark.proves("metrics")
def test_metrics_have_a_listener_of_their_own_and_count_what_happened(server):
    port = free_port()
    one = server(environment={"CALLFS_METRICS_LISTEN_ADDR": f"127.0.0.1:{port}"})
    with one.start(), one.connect() as files, Connection(("127.0.0.1", port), None, None, 20) as metrics:
        _, before = scrape(metrics)
        for name in ("first", "second"):
            assert files.request("PUT", f"/v1/files/{name}", b"x" * 40000).status == 201
        assert files.request("GET", "/v1/files/first").status == 200
        assert files.request("GET", "/v1/files/nothing").status == 404

        def counted():
            types, after = scrape(metrics)
            puts = after.get(
                ("callfs_http_requests_total", 'method="PUT",route="/v1/files/{path}",status="201"')
            )
            return puts == 2 and (types, after)

        # The answer to a request is out before it is counted.
        types, after = wait_until(counted, 10, "both uploads are counted")
        assert PROMISED.items() <= types.items()
        grown = {key: value - before.get(key, 0) for key, value in after.items()}
        assert grown["callfs_http_request_bytes_total", ""] == 80000
        assert grown["callfs_file_operations_total", 'operation="create",backend_type="localfs"'] == 2
        assert grown["callfs_lock_operations_total", 'operation="acquire",status="ok"'] == 2
        assert after["callfs_active_locks", ""] == 0
        writes = 'backend_type="localfs",operation="write",outcome="ok"'
        assert grown["callfs_backend_ops_total", writes] == 2
        commits = 'operation="commit",outcome="ok"'
        assert grown["callfs_metadata_db_queries_total", commits] == 2
        assert after["callfs_http_connections_open", 'listener="main"'] >= 1
        assert not any("nothing" in labels or "first" in labels for _, labels in after)

        assert metrics.request("GET", "/health", key=None).status == 200
        assert metrics.request("GET", "/v1/files/first", key=one.key).status == 404
        assert one.stop() == 0


@pytest.mark.proves("metrics")
def test_metrics_can_be_kept_off_the_main_listener(server):
    shown, hidden = server(), server(settings={"metrics.on_main": False})
    with shown.start(), hidden.start():
        with shown.connect() as connection:
            scrape(connection)
        with hidden.connect() as connection:
            assert connection.request("GET", "/metrics", key=None).status == 404


def test_a_taken_port_for_metrics_is_told_with_the_way_out(server):
    port = free_port()
    environment = {"CALLFS_METRICS_LISTEN_ADDR": f"127.0.0.1:{port}"}
    first, second = server(environment=environment), server(environment=environment)
    with first.start():
        second.launch()
        assert second.process.wait(20) == 1
        second.process = None
        assert "metrics.listen_addr" in second.output and "'off'" in second.output


def test_the_audit_log_has_a_file_of_its_own_and_follows_a_rotation(server, tmp_path):
    path = tmp_path / "audit.log"
    one = server(settings={"log.audit_file": str(path)}, users=[user("ada", 1000), user("bob", 1001)])
    secret = "no-such-key-of-anybody-0123"
    with one.start(), one.connect() as ada, one.connect(key=secret) as stranger:
        assert ada.request("PUT", "/v1/files/a%20%22b", b"content-of-the-file").status == 201
        assert ada.request("PATCH", "/v1/files/a%20%22b", b'{"destination":"/moved"}',
                           {"Content-Type": "application/json"}).status == 200
        assert stranger.request("GET", "/v1/files/moved").status == 401
        wait_until(lambda: path.exists() and len(lines(path)) == 3, 10, "three audit lines")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        create, move, denial = lines(path)
        assert create["action"] == "create" and create["path"] == '/a "b' and create["outcome"] == "ok"
        assert create["principal"] == "ada" and create["remote"] == "127.0.0.1"
        assert move["action"] == "move" and move["destination"] == "/moved"
        assert denial["outcome"] == "AUTHENTICATION_FAILED" and denial["principal"] == "-"

        os.rename(path, tmp_path / "audit.log.1")
        assert ada.request("DELETE", "/v1/files/moved").status == 204
        wait_until(lambda: path.exists() and len(lines(path)) == 1, 10, "a new file with one line")
        assert lines(path)[0]["action"] == "remove"
        assert one.stop() == 0
    written = path.read_text() + (tmp_path / "audit.log.1").read_text() + one.output
    assert secret not in written and one.key not in written and "content-of-the-file" not in written
    assert '"log":"audit"' not in one.output


def test_the_log_says_of_each_request_who_what_and_how_it_ended(server):
    one = server()
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with one.start(), one.connect() as connection:
        headers = {"X-Request-ID": "mine-1", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
        assert connection.request("PUT", "/v1/files/f", b"12345", headers).status == 201
        assert one.stop() == 0
    log = one.folder / f"stderr.{one.runs}"
    (request,) = lines(log, message="request", request_id="mine-1")
    assert request["trace_id"] == trace
    assert (request["method"], request["route"], request["status"]) == ("PUT", "/v1/files/{path}", 201)
    assert (request["bytes_in"], request["protocol"], request["outcome"]) == (5, "HTTP/1.1", "completed")
    assert request["bytes_out"] > 0 and request["duration_us"] > 0
    assert request["principal"] == "callfs" and request["remote"] == "127.0.0.1"
    (audited,) = lines(log, message="audit", request_id="mine-1")
    assert audited["log"] == "audit" and audited["action"] == "create" and audited["trace_id"] == trace


def test_a_server_that_cannot_keep_its_audit_log_does_not_start(server, tmp_path):
    one = server(settings={"log.audit_file": str(tmp_path / "missing" / "audit.log")})
    one.launch()
    assert one.process.wait(20) == 1
    one.process = None
    assert "log.audit_file" in one.output
