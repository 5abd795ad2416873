"""What a stranger meets: one command, no configuration, an address, a key and a line to try."""

import os
import re
import shlex
import stat
import subprocess

import pytest

from harness.processes import memory
from harness.waiting import wait_until


def printed(one):
    return (one.folder / f"stdout.{one.runs}").read_text()


def test_the_first_start_prints_a_curl_line_that_works(server):
    one = server()
    with one.start():
        output = printed(one)
        assert one.key in output
        assert str(one.port) in output
        line = next(line[line.index("curl ") :] for line in output.splitlines() if "curl " in line)
        done = subprocess.run(shlex.split(line), cwd=one.folder, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, (line, done.stderr, done.stdout)
        assert one.stop() == 0


def test_a_port_of_zero_is_chosen_and_printed(server):
    one = server(environment={"CALLFS_SERVER_LISTEN_ADDR": "127.0.0.1:0"})
    one.launch()
    try:
        address = re.compile(r"https://[^\s:/]+:(\d+)")
        found = wait_until(lambda: address.search(printed(one)), 20, "an address on stdout")
        one.port = int(found[1])
        assert one.port > 0
        wait_until(one.is_ready, 20, "ready")
    finally:
        one.kill()


def test_secrets_are_private_and_kept(server):
    one = server()
    with one.start():
        key = one.key
        assert len(key) >= 32
        with one.connect() as connection:
            assert connection.request("PUT", "/v1/files/kept", b"kept").status == 201
        secrets = [path for path in one.data.rglob("*") if path.is_file()]
        for path in secrets:
            mode = stat.S_IMODE(path.stat().st_mode)
            if path.suffix != ".crt":
                assert mode & 0o077 == 0, f"{path} has mode {mode:o}"
        assert stat.S_IMODE(one.data.stat().st_mode) & 0o077 == 0 or os.name != "posix"
        certificate = one.certificate.read_bytes()
        assert one.stop() == 0
    with one.start():
        assert one.key == key
        assert one.certificate.read_bytes() == certificate
        assert key not in printed(one), "the key is printed once"
        with one.connect() as connection:
            assert connection.request("GET", "/v1/files/kept").body == b"kept"
        assert one.stop() == 0


def test_the_default_user_owns_the_new_root(server):
    one = server()
    with one.start(), one.connect() as connection:
        answer = connection.request("HEAD", "/v1/files/")
        assert answer.header("x-callfs-uid") == answer.header("x-callfs-gid") == "1000"
        assert answer.header("x-callfs-owner") == "callfs"
        assert connection.request("PUT", "/v1/files/file", b"x").status == 201


def test_an_idle_server_is_small(server):
    one = server()
    with one.start():
        now, _ = memory(one.pid)
        print(f"idle: {now / 2**20:.1f} MiB resident")
        assert now < 30 * 2**20


@pytest.mark.proves("drain")
def test_a_drain_finishes_what_has_begun(server):
    """SIGTERM: an upload under way is answered, new connections are not taken, the status is 0."""
    import os as system
    import signal

    one = server()
    with one.start():
        connection = one.connect()
        connection.open()
        body = b"x" * 300_000
        connection.send(connection.head("PUT", "/v1/files/late", length=len(body)) + body[:100_000])
        other = one.connect()
        assert other.request("GET", "/health").status == 200  # The upload's head has been seen by now.
        system.kill(one.pid, signal.SIGTERM)

        def is_refusing():
            try:
                with one.connect(timeout=2) as late:
                    return late.request("GET", "/health").status == 503
            except (OSError, AssertionError):
                return True

        wait_until(is_refusing, 10, "new connections are refused")
        connection.send(body[100_000:])
        answer = connection.response("PUT")
        assert answer.status == 201, answer
        assert one.process.wait(40) == 0
        one.process = None
    with one.start(), one.connect() as connection:
        assert connection.request("GET", "/v1/files/late").body == body


def test_a_second_signal_ends_at_once(server):
    import signal

    one = server()
    with one.start():
        connection = one.connect()
        connection.open()
        connection.send(connection.head("PUT", "/v1/files/never", length=1000) + b"x")
        os.kill(one.pid, signal.SIGTERM)
        wait_until(lambda: b"refused" if not _accepts(one) else b"", 10, "the drain has begun")
        os.kill(one.pid, signal.SIGTERM)
        one.process.wait(5)
        one.process = None


def _accepts(one):
    import socket

    try:
        with socket.create_connection(one.address, 2):
            return True
    except OSError:
        return False


def test_help_version_and_example(callfs, tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CALLFS_")}

    def run(*arguments):
        command = [callfs, *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=20
        )

    for arguments in (["--help"], ["server", "--help"], ["config", "validate", "--help"], ["fsck", "--help"]):
        done = run(*arguments)
        assert done.returncode == 0 and "callfs" in done.stdout and not done.stderr, arguments
    assert re.search(r"\d+\.\d+", run("--version").stdout)
    for arguments in ([], ["serve"], ["server", "--prot"], ["server", "extra"]):
        done = run(*arguments)
        assert done.returncode != 0 and done.stderr and not done.stdout, arguments
    example = run("config", "example")
    assert example.returncode == 0
    (tmp_path / "config.yaml").write_text(example.stdout)
    done = run("config", "validate", "--config", "config.yaml", "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
