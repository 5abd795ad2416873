"""Every request of Tests/Corpus/http1-hostile.json, against the live server: the status it deserves, and no
harm done.

Bytes are characters up to U+00FF; `⟨text×count⟩` stands for a repetition. The corpus expects a server that
answers 200 to all that is HTTP. So that bodies are read by this one, a POST becomes the creation of a file;
what is refused must not have made one, and what is accepted must leave the connection in step.
"""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.server import Server

CORPUS = Path(__file__).resolve().parents[1] / "Corpus" / "http1-hostile.json"
AT_LEAST = 200
CREATION = b"POST / HTTP/1.1\r\nHost: a\r\n"
SENTINEL = b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
# What is wrong only in a body is the file API's to answer: it says that the body is malformed, or, before any
# of it came, that so much has no room.
INSTEAD_IN_A_BODY = {413: {400}, 431: {400}, 408: {507}}
# What a server that knows resources says to well-formed requests for others.
ACCEPTED = {200, 201, 204, 401, 404, 405}
CASES = json.loads(CORPUS.read_text()) if CORPUS.exists() else []


def wire(text):
    expanded = re.sub("⟨(.*?)×([0-9]+)⟩", lambda found: found[1] * int(found[2]), text, flags=re.DOTALL)
    return expanded.encode("latin-1")


class Outcome:
    """The answers to one case, and whether the file of its first request is there afterwards."""

    def __init__(self, server, number, case):
        self.server = server
        self.is_creation = wire(case["bytes"]).startswith(CREATION)
        self.path = f"/v1/files/hostile/{number}"
        sent = wire(case["bytes"]).replace(CREATION, self.creation(), 1)
        if set(case["expect"]) == {200}:
            sent += SENTINEL
        self.answers = self.exchange(sent)
        with server.connect() as connection:
            self.exists = connection.request("HEAD", self.path).status == 200
            self.is_healthy = connection.request("GET", "/health").status == 200

    def creation(self):
        head = f"POST {self.path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {self.server.key}\r\n"
        return head.encode()

    def exchange(self, sent):
        """Final answers until the server ends the connection, as (status, says close)."""
        connection = self.server.connect(timeout=20)
        connection.open()
        try:
            connection.socket.sendall(sent)
        except OSError:
            pass  # Refused in the middle; the answer is there all the same.
        answers = []
        try:
            while True:
                status, reason, headers = connection.response_head()
                if status < 200:
                    continue
                fields = {name.lower(): value for name, value in headers}
                answers.append((status, fields.get("connection", "").lower() == "close"))
                connection.exactly(int(fields.get("content-length", 0)), lambda _: None)
        except ConnectionError:
            return answers
        finally:
            connection.close()


@pytest.fixture(scope="module")
def outcomes(callfs, tmp_path_factory):
    """All cases at once, because some of them wait for the read timeout."""
    settings = {"server.read_timeout": "1s", "log.access": False}
    with Server(callfs, tmp_path_factory.mktemp("hostile"), settings=settings) as server:
        with ThreadPoolExecutor(24) as pool:
            yield list(pool.map(lambda item: Outcome(server, *item), enumerate(CASES)))
        assert server.stop() == 0


def test_the_corpus_is_large_and_its_names_differ():
    names = [case["name"] for case in CASES]
    assert len(names) >= AT_LEAST
    assert len(set(names)) == len(names)


@pytest.mark.bounded(120)
@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: CASES[number]["name"])
def test_a_hostile_request_gets_what_it_deserves(outcomes, number):
    expected, outcome = CASES[number]["expect"], outcomes[number]
    statuses = [status for status, _ in outcome.answers]
    if set(expected) == {200}:
        ended_early = any(says_close for _, says_close in outcome.answers[: len(expected)])
        if not ended_early:
            assert len(statuses) == len(expected) + 1 and statuses[-1] == 200, f"out of step: {statuses}"
    else:
        assert len(statuses) == len([e for e in expected if e != "close"]), statuses
    for status, wanted in zip(statuses, expected):
        if wanted == 200:
            assert status in ACCEPTED, statuses
        else:
            instead = INSTEAD_IN_A_BODY.get(wanted, set()) if outcome.is_creation else set()
            assert status == wanted or status in instead, statuses
    assert outcome.exists == (outcome.is_creation and expected[0] == 200)
    assert outcome.is_healthy
