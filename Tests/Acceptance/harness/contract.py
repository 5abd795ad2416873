"""What of the published contract the answers of a test have, and answers that lack one thing of it.

An *item* is a header field (`header etag`), a member of a described object (`field Entry.owner`), an error
code (`code LOCKED`) or a metric (`metric callfs_build_info`). With CALLFS_WITHHOLD=ITEM every client of the
harness reads answers as if the server had left that item out; a suite that does not fail then asserts nothing
about it. With CALLFS_OBSERVE=FILE the items that each test's answers had are written there.
`scripts/contract --withhold` puts both together.
"""

import atexit
import json
import os
import re
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

DESCRIPTION = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"
WITHHELD_CODE = "WITHHELD"
METRIC_TYPE = re.compile(r"^# TYPE (\S+) ", re.M)

withheld = tuple(os.environ["CALLFS_WITHHOLD"].split(" ", 1)) if "CALLFS_WITHHOLD" in os.environ else None
observed = defaultdict(set) if "CALLFS_OBSERVE" in os.environ else None
current_test = "none"


def is_idle():
    """Whether answers are only to be handed on, as they are in every usual run."""
    return withheld is None and observed is None


def begin(test):
    global current_test
    current_test = test


def write_observed():
    """Each process writes a file of its own: tests run in several."""
    path = Path(os.environ["CALLFS_OBSERVE"])
    lines = {item: sorted(tests) for item, tests in sorted(observed.items())}
    path.with_name(f"{path.name}.{os.getpid()}").write_text(json.dumps(lines))


if observed is not None:
    atexit.register(write_observed)


def described_objects(schemas):
    """Each described object with its name: the schemas, their variants, and what is inside them."""

    def within(name, schema):
        if "properties" in schema:
            yield name, schema
        for variant in schema.get("anyOf", ()):
            yield from within(name, variant)
        for member, value in schema.get("properties", {}).items():
            yield from within(f"{name}.{member}", value.get("items", value))

    for name, schema in schemas.items():
        yield from within(name, schema)


@lru_cache
def shapes():
    """The described objects: name, all members and the required ones. The first that fits an object is what
    it is, so those that require more come first."""
    schemas = json.loads(DESCRIPTION.read_text())["components"]["schemas"]
    found = [
        (name, frozenset(schema["properties"]), frozenset(schema.get("required", ())))
        for name, schema in described_objects(schemas)
    ]
    return sorted(found, key=lambda shape: (-len(shape[2]), shape[0]))


def shape_of(value):
    """The name of the described object that this one is; None when it is none of them."""
    keys = value.keys()
    return next((name for name, all, needed in shapes() if needed <= keys and keys <= all), None)


def objects(value):
    """Every object in a JSON value with its shape, the inner ones first. What users name is no contract."""
    if isinstance(value, list):
        for part in value:
            yield from objects(part)
    elif isinstance(value, dict):
        for key, part in value.items():
            if key != "metadata":
                yield from objects(part)
        if (shape := shape_of(value)) is not None:
            yield shape, value


def note(kind, name):
    if observed is not None:
        observed[f"{kind} {name}"].add(current_test)


def read_fields(headers):
    """The fields of an answer: noted, and without the one that is withheld."""
    if is_idle():
        return headers
    for name, _ in headers:
        if not name.startswith(":"):
            note("header", name.lower())
    if withheld and withheld[0] == "header":
        return [(name, value) for name, value in headers if name.lower() != withheld[1]]
    return headers


def read_body(media_type, body):
    """The body of an answer: noted, and without what is withheld of it."""
    if is_idle() or not body:
        return body
    try:
        if media_type.startswith(("application/json", "application/problem+json")):
            return read_json(bytes(body))
        if media_type.startswith("application/x-ndjson"):
            return b"".join(read_json(line) + b"\n" for line in bytes(body).splitlines())
        if media_type.startswith(("text/plain", "application/openmetrics-text")):
            return read_metrics(bytes(body))
    except ValueError:
        pass  # Coded, or a stored file of that type: no part of the contract.
    return body


def read_json(body):
    value = json.loads(body)
    changed = False
    for shape, members in list(objects(value)):
        for name in members:
            note("field", f"{shape}.{name}")
        if "code" in members and shape in ("Error", "Problem"):
            note("code", members["code"])
            if withheld == ("code", members["code"]):
                members["code"] = WITHHELD_CODE
                changed = True
        if withheld and withheld[0] == "field" and withheld[1].rpartition(".")[0] == shape:
            changed |= members.pop(withheld[1].rpartition(".")[2], None) is not None
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() if changed else body


def read_metrics(body):
    text = body.decode()
    for name in METRIC_TYPE.findall(text):
        note("metric", name)
    if withheld and withheld[0] == "metric":
        of_metric = re.compile(rf"^(# (HELP|TYPE) )?{re.escape(withheld[1])}(_bucket|_sum|_count)?[ {{]")
        text = "".join(line for line in text.splitlines(keepends=True) if not of_metric.match(line))
    return text.encode()
