"""The server as a process: started with a configuration, awaited by its readiness, stopped or killed by its
id."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
from pathlib import Path

from .http1 import Connection, ConnectionEnded
from .waiting import DeadlineExceeded, wait_until

READY_SECONDS = 20
STOP_SECONDS = 45


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def user(name, uid, gid=None, groups=(), **more):
    """An entry of `auth.users`, with a key that is made of its name."""
    gid = uid if gid is None else gid
    return {"name": name, "uid": uid, "gid": gid, "groups": list(groups), "keys": [key_of(name)], **more}


def key_of(name):
    return f"{name}-acceptance-key-{'0123456789abcdef'}"


class Server:
    """`callfs server` on a free port of the loopback with a folder of its own.

    `settings`: the configuration file as a mapping, nested or with dotted keys; `configuration`: the path of
    one instead. `environment`: variables.
    `wrapper`: what the command is prefixed with, such as strace.
    """

    def __init__(
        self, binary, folder, settings=None, environment=None, users=(), wrapper=(), data=None, key=None,
        configuration=None,
    ):
        self.binary = str(binary)
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = Path(data) if data else self.folder / "data"
        self.settings = nested(settings or {})
        if users:
            self.settings.setdefault("auth", {})["users"] = list(users)
        self.environment = dict(environment or {})
        self.wrapper = list(wrapper)
        self.port = free_port()
        self.process = None
        self.given_key = key
        self.configuration = configuration
        self.context = None
        self.runs = 0

    # MARK: Life

    @property
    def protocol(self):
        return self.settings.get("server", {}).get("protocol", "https")

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def url(self):
        return f"{self.protocol}://localhost:{self.port}"

    @property
    def certificate(self):
        return self.data / "server.crt"

    @property
    def key(self):
        """The key that the server made on its first start, or the one it was given."""
        if self.given_key:
            return self.given_key
        authentication = self.settings.get("auth", {})
        if keys := authentication.get("api_keys"):
            return keys[0]
        if users := authentication.get("users"):
            return users[0]["keys"][0]
        return (self.data / "api-key").read_text().strip()

    @property
    def output(self):
        """What all runs wrote, to either stream."""
        return "".join(
            path.read_text(errors="replace")
            for run in range(1, self.runs + 1)
            for path in (self.folder / f"stdout.{run}", self.folder / f"stderr.{run}")
            if path.exists()
        )

    def command(self):
        command = [*self.wrapper, self.binary, "server", "--data-dir", str(self.data)]
        if self.configuration:
            command += ["--config", str(self.configuration)]
        elif self.settings:
            path = self.folder / "config.json"
            path.write_text(json.dumps(self.settings, indent=2))
            path.chmod(0o600)
            command += ["--config", str(path)]
        return command

    def variables(self):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CALLFS_")}
        return inherited | {
            "CALLFS_SERVER_LISTEN_ADDR": f"127.0.0.1:{self.port}",
            # Many servers run at a time; a test of the listener for metrics gives it a port.
            "CALLFS_METRICS_LISTEN_ADDR": "off",
            **self.environment,
        }

    def launch(self):
        """Starts the process without waiting for anything."""
        assert self.process is None, "already started"
        self.runs += 1
        with open(self.folder / f"stdout.{self.runs}", "wb") as out, open(
            self.folder / f"stderr.{self.runs}", "wb"
        ) as errors:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=self.variables(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                start_new_session=True,
            )
        return self

    def start(self):
        """Starts the process and waits until it says that it is ready."""
        self.launch()
        try:
            wait_until(self.is_ready, READY_SECONDS, "the server is ready", interval=0.003)
        except DeadlineExceeded:
            self.kill()
            raise AssertionError(f"not ready in {READY_SECONDS} s; it wrote:\n{self.output}") from None
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            code, self.process = self.process.returncode, None
            raise AssertionError(f"the server ended with {code}; it wrote:\n{self.output}")
        try:
            with self.connect(timeout=5, key=None) as connection:
                return connection.request("GET", "/health/ready").status == 200
        except (OSError, ConnectionEnded):
            return False

    @property
    def pid(self):
        """The process of callfs itself, also below a wrapper."""
        if not self.wrapper:
            return self.process.pid
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """SIGKILL, as the kernel or a power button would: nothing is flushed, nothing is said."""
        if self.process is None:
            return
        if self.is_running():
            try:
                os.kill(self.pid, signal.SIGKILL)
            except (ProcessLookupError, IndexError):
                pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        self.process = None

    def stop(self):
        """SIGTERM; returns the exit status. Kills, and fails, when the drain does not end."""
        if self.process is None:
            return None
        if self.is_running():
            os.kill(self.pid, signal.SIGTERM)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop in {STOP_SECONDS} s; it wrote:\n{self.output}") from None
        self.process = None
        return status

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, kind, *_):
        if kind is None and self.process is not None and self.process.poll() is not None:
            status = self.process.returncode
            self.process = None
            raise AssertionError(f"the server ended by itself with {status}; it wrote:\n{self.output}")
        self.kill()

    # MARK: Clients

    def connect(self, key=True, timeout=30.0, receive_buffer=None):
        """A connection, opened with its first request; with the server's own key unless told otherwise."""
        tls = self.tls() if self.protocol == "https" else None
        return Connection(self.address, tls, self.key if key is True else key, timeout, receive_buffer)

    def tls(self):
        if self.context is None:
            if not self.certificate.exists():
                raise FileNotFoundError(self.certificate)
            self.context = ssl.create_default_context(cafile=str(self.certificate))
        return self.context

    # MARK: Other commands on the same data

    def fsck(self):
        """The offline consistency check: (exit status, what it wrote)."""
        command = [self.binary, "fsck", "--data-dir", str(self.data)]
        if self.settings:
            command += ["--config", str(self.folder / "config.json")]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, timeout=60, env=self.variables()
        )
        return done.returncode, done.stdout + done.stderr


def nested(settings):
    """Dotted keys as nested mappings, which is how the file holds them."""
    result = {}
    for key, value in settings.items():
        target = result
        *parents, last = key.split(".")
        for parent in parents:
            target = target.setdefault(parent, {})
        if isinstance(value, dict):
            value = nested(value)
            target.setdefault(last, {}).update(value)
        else:
            target[last] = value
    return result


STACK_TRACE = re.compile(
    r"Fatal error|stack dump|Thread \d+ crashed|Backtrace|^\s*#?\d+ +0x[0-9a-f]+", re.MULTILINE
)
