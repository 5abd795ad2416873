"""The server tells the service manager how it is, in the words of sd_notify(3)."""

import os
import signal
import time
import uuid

import pytest

from harness.service_manager import ServiceManager
from harness.waiting import wait_until


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    name = tmp_path / "notify" if request.param == "path" else f"@callfs-{uuid.uuid4()}"
    one = ServiceManager(name)
    yield one
    one.close()


def test_ready_reloading_and_stopping(server, manager):
    one = server(environment=manager.environment())
    with one.start():
        ready = manager.next()
        assert ready["READY"] == "1" and f":{one.port}" in ready["STATUS"], ready
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        os.kill(one.pid, signal.SIGHUP)
        reloading = manager.next()
        assert reloading["RELOADING"] == "1", reloading
        assert int(reloading["MONOTONIC_USEC"]) >= before
        ready = manager.next()
        assert ready["READY"] == "1" and "refused" not in ready["STATUS"], ready
        assert one.stop() == 0
        stopping = manager.next()
        assert stopping["STOPPING"] == "1", stopping
        assert int(stopping["EXTEND_TIMEOUT_USEC"]) > 30_000_000
        assert manager.is_silent()


def test_ready_comes_when_it_serves_and_not_before(server, manager):
    one = server(environment=manager.environment())
    one.launch()
    assert manager.next()["READY"] == "1"
    with one, one.connect(key=None) as connection:
        assert connection.request("GET", "/health/ready").status == 200


def test_a_start_that_fails_is_never_ready(server, manager, tmp_path):
    one = server(environment=manager.environment(), settings={"server.cert_file": str(tmp_path / "none.crt")})
    one.launch()
    assert one.process.wait(20) == 1
    assert manager.is_silent()


def test_a_refused_reload_ends_ready_and_says_so(server, manager):
    one = server(environment=manager.environment(), settings={"log.level": "info"})
    with one.start():
        manager.next_with("READY")
        (one.folder / "config.json").write_text("{")
        os.kill(one.pid, signal.SIGHUP)
        manager.next_with("RELOADING")
        assert "refused" in manager.next_with("READY")["STATUS"]


def test_the_watchdog_is_fed_by_the_loops(server, manager):
    one = server(environment=manager.environment() | {"WATCHDOG_USEC": "200000"})
    with one.start():
        for _ in range(5):
            manager.next_with("WATCHDOG")
        # A process that stands still feeds nobody.
        os.kill(one.pid, signal.SIGSTOP)
        state = lambda: open(f"/proc/{one.pid}/stat").read().rsplit(")", 1)[1].split()[0]
        wait_until(lambda: state() == "T", 10, "the process stands still")
        while not manager.is_silent():
            pass
        assert manager.is_silent()
        os.kill(one.pid, signal.SIGCONT)
        manager.next_with("WATCHDOG")
        assert one.stop() == 0


def test_a_watchdog_of_another_process_is_not_fed(server, manager):
    one = server(environment=manager.environment() | {"WATCHDOG_USEC": "2000", "WATCHDOG_PID": "1"})
    with one.start():
        os.kill(one.pid, signal.SIGHUP)
        manager.next_with("RELOADING")
        manager.next_with("READY")
        assert one.stop() == 0
        manager.next_with("STOPPING")
    assert not any("WATCHDOG" in message for message in manager.messages)
