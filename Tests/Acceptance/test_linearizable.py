"""P1: every read, by whatever method, sees the last write that was answered before it, or a newer one.

Several clients write and read the same few files at once; each write has a tag of its own. For a register
whose writes differ, a history is linearizable exactly when its zones do not collide: Gibbons and Korach,
"Testing Shared Memories", SIAM Journal on Computing 26 (1997), section 4.
"""

import json
import random
import threading
import time

import pytest

from harness.contents import described, sequence_of

CLIENTS = 6
FILES = ["small", "large"]
SIZES = {"small": 2_000, "large": 60_000}
OPERATIONS = 150


class History:
    """What happened to one file: by tag, the spans of its write and of the reads that saw it."""

    def __init__(self):
        self.writes = {}
        self.reads = []

    def violations(self):
        spans = {tag: [span] for tag, span in self.writes.items()}
        for tag, span in self.reads:
            if tag not in spans:
                return [f"a read saw {tag}, which nobody wrote"]
            if span[1] < self.writes[tag][0]:
                return [f"a read saw {tag} before its write began"]
            spans[tag].append(span)
        forward, backward = [], []
        for tag, seen in spans.items():
            first_end, last_start = min(end for _, end in seen), max(start for start, _ in seen)
            zone = (min(first_end, last_start), max(first_end, last_start), tag)
            (forward if first_end < last_start else backward).append(zone)
        forward.sort()
        found = [f"{a[2]} and {b[2]} take turns" for a, b in zip(forward, forward[1:]) if b[0] < a[1]]
        for start, end, tag in backward:
            found += [f"{tag} was over while {f[2]} was seen" for f in forward if f[0] < start and end < f[1]]
        return found


def test_the_judge_of_histories_can_tell():
    history = History()
    history.writes = {"a": (0, 1), "b": (2, 3)}
    history.reads = [("a", (0.5, 2.5)), ("b", (2.5, 4))]
    assert not history.violations()
    history.reads.append(("a", (4, 5)))  # Stale.
    assert history.violations()
    history.reads = [("b", (2.1, 2.2)), ("a", (2.3, 2.4))]  # New, then old again.
    assert history.violations()


@pytest.mark.proves("linearizable")
def test_reads_of_every_kind_see_the_last_write(alice, shared, seeded):
    histories = {name: History() for name in FILES}
    lock = threading.Lock()
    failures = []
    sequence = iter(range(1, 1 << 30))

    def operate(client, generator):
        name = generator.choice(FILES)
        target = f"/v1/files{alice.base}/{name}"
        kind = generator.choice(["put", "get", "get", "head", "list", "stream"])
        headers = {"Accept": "application/x-ndjson"} if kind == "stream" else {}
        if kind == "put":
            with lock:
                number = next(sequence)
            body = described(name, number, SIZES[name])
        began = time.monotonic()
        if kind == "put":
            answer = client.request("PUT", target, body)
        elif kind in ("list", "stream"):
            answer = client.request("GET", f"/v1/directories{alice.base}", headers=headers)
        else:
            answer = client.request(kind.upper(), target)
        span = (began, time.monotonic())
        assert answer.status == 200, answer
        if kind == "get":
            sequence_of(name, answer.body)
        with lock:
            if kind == "put":
                histories[name].writes[answer.header("etag")] = span
            elif kind == "list":
                for item in answer.json()["items"]:
                    histories[item["name"]].reads.append((item["etag"], span))
            elif kind == "stream":
                for name, tag in tags_of(answer):
                    histories[name].reads.append((tag, span))
            else:
                histories[name].reads.append((answer.header("etag"), span))

    def run(seed):
        generator = random.Random(seed)
        try:
            with shared.connect() as client:
                for _ in range(OPERATIONS):
                    operate(client, generator)
        except BaseException as failure:  # noqa: BLE001 - it is raised again below
            failures.append(failure)

    for name in FILES:
        began = time.monotonic()
        answer = alice("PUT", "/" + name, described(name, 0, SIZES[name]))
        histories[name].writes[answer.header("etag")] = (began, time.monotonic())
    threads = [threading.Thread(target=run, args=(seeded.getrandbits(32),)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
    if failures:
        raise failures[0]
    for name, history in histories.items():
        assert len(history.writes) > 10 and len(history.reads) > 100
        assert history.violations() == [], name


def tags_of(answer):
    entries = [json.loads(line) for line in answer.body.splitlines()]
    return [(entry["name"], entry["etag"]) for entry in entries if "name" in entry]
