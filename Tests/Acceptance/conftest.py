"""Fixtures: the binary, servers that end with their test, and one server that the tests of semantics
share."""

import itertools
import os
import random
import signal
import traceback
from pathlib import Path

import pytest

from harness import contract
from harness.server import Server, key_of, user

DEFAULT_SECONDS = 60
folder_numbers = itertools.count(1)
REPOSITORY = Path(__file__).resolve().parents[2]


def is_full():
    """Whether the sizes of the promises are used, and not the smaller ones that fit a continuous build."""
    return os.environ.get("CALLFS_FULL") == "1"


@pytest.fixture(scope="session")
def callfs():
    """The path of the program under test."""
    path = Path(os.environ.get("CALLFS_BINARY", REPOSITORY / ".build" / "release" / "callfs")).resolve()
    if not os.access(path, os.X_OK):
        pytest.exit(f"there is no program at {path}; run scripts/build or set CALLFS_BINARY", returncode=3)
    return path


@pytest.fixture
def server(callfs, tmp_path):
    """Makes servers, not started, each in a folder of its own below the test's; kills what the test leaves
    running."""
    made = []

    def make(**arguments):
        made.append(Server(callfs, tmp_path / f"server{len(made) + 1}", **arguments))
        return made[-1]

    yield make
    for one in made:
        one.kill()


@pytest.fixture(scope="session")
def shared(callfs, tmp_path_factory):
    """One server with several users, for tests that only need their own folder of it.

    Alice owns the root and has no umask, so that her explicit modes are what they say; bob has the usual
    one; carol is in alice's group; zoe is the superuser.
    """
    settings = {
        "auth.default_user": {"name": "alice", "uid": 1001, "gid": 1001, "umask": "0000"},
        "auth.api_keys": [key_of("alice")],
        "auth.groups": {"staff": 1001},
    }
    users = [user("bob", 1002), user("carol", 1003, groups=[1001]), user("zoe", 0)]
    one = Server(callfs, tmp_path_factory.mktemp("shared"), settings=settings, users=users)
    with one.start():
        yield one
        status = one.stop()
        assert status == 0, f"the shared server ended with {status}"


class Client:
    """Requests of one user on one folder of the shared server, over one keep-alive connection."""

    def __init__(self, server, key, base):
        self.server = server
        self.base = base
        self.connection = server.connect(key=key)

    def __call__(self, method, path="", body=None, headers=(), query="", **more):
        return self.connection.request(
            method, f"/v1/files{self.base}{path}{query}", body=body, headers=headers, **more
        )

    def listing(self, path="", query="", headers=()):
        return self.connection.request("GET", f"/v1/directories{self.base}{path}{query}", headers=headers)


@pytest.fixture
def folder(shared, request):
    """A fresh folder of the shared server; calling it with a name gives the client of that user in it."""
    name = request.node.originalname
    base = f"/{next(folder_numbers)}-{name}"
    clients = {}

    def of(name="alice"):
        if name not in clients:
            clients[name] = Client(shared, key_of(name), base)
        return clients[name]

    answer = of("alice")("POST", "/")
    assert answer.status == 201, answer
    yield of
    for client in clients.values():
        client.connection.close()


@pytest.fixture
def alice(folder):
    return folder("alice")


@pytest.fixture
def bob(folder):
    return folder("bob")


@pytest.fixture
def seeded(request):
    """A seeded generator; CALLFS_SEED repeats a run. The seed is printed, and shown when the test fails."""
    seed = int(os.environ.get("CALLFS_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"CALLFS_SEED={seed}")
    generator = random.Random(seed)
    generator.seed_value = seed
    return generator


def pytest_runtest_logstart(nodeid):
    """What the answers of a test had is written down under its name."""
    contract.begin(nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """No test runs longer than its bound."""
    mark = item.get_closest_marker("bounded")
    seconds = mark.args[0] if mark else DEFAULT_SECONDS

    def expire(_signal, frame):
        where = "".join(traceback.format_stack(frame, limit=6))
        raise TimeoutError(f"the test took longer than its {seconds} s; it was at\n{where}")

    previous = signal.signal(signal.SIGALRM, expire)
    signal.alarm(seconds)
    try:
        return (yield)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
