"""Leaves each header field, member, error code and metric out of the answers that tests read, one at a time,
and lists those without which no test fails. See scripts/contract --help."""

import ast
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, "Tests/Acceptance")
from harness import contract  # noqa: E402: the tests know the shapes

FOLDER = Path(".build/contract")
PYTEST = [".build/venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
SWIFT = ["swift", "test", "--skip-build", "--disable-xctest"]
SWIFT += ["--explicit-target-dependency-import-check", "error", "--filter", "^APITests"]
CANDIDATES = 24  # Tests that are tried for one item, those first that name it.
JOBS = 3
NOT_THE_CONTRACT = re.compile(r"header (x-callfs-meta-.*|server)$")  # Named by users.


def environment(**more):
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **more}


def observe():
    """Runs the black-box tests once and writes down which items the answers of each had."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("items.*"):
        old.unlink()
    arguments = ["-n", str(JOBS), "--dist", "worksteal", "Tests/Acceptance"]
    path = str((FOLDER / "items").resolve())
    return subprocess.run(PYTEST + arguments, env=environment(CALLFS_OBSERVE=path)).returncode == 0


def observed():
    items = defaultdict(set)
    for path in FOLDER.glob("items.*"):
        for item, tests in json.loads(path.read_text()).items():
            items[item].update(test for test in tests if test != "none")
    return items


def described(document, monitoring):
    """Every item that the documents name."""
    schemas, found, answered = document["components"]["schemas"], set(), set()

    def read(value):
        if isinstance(value, list):
            for part in value:
                read(part)
        elif isinstance(value, dict):
            for name in value.get("headers", {}):
                found.add(f"header {name.lower()}")
            name = value.get("$ref", "").removeprefix("#/components/schemas/")
            if name in schemas and name not in answered:
                answered.add(name)
                read(schemas[name])
            for part in value.values():
                read(part)

    for path in document["paths"].values():
        for operation in path.values():
            read(operation["responses"] if isinstance(operation, dict) else [])
    for name, schema in contract.described_objects({name: schemas[name] for name in answered}):
        found.update(f"field {name}.{member}" for member in schema["properties"])
    found.update(f"code {code}" for code in schemas["Error"]["properties"]["code"]["enum"])
    for line in monitoring.splitlines():
        if line.startswith("| `"):
            found.update(f"metric {name}" for name in re.findall(r"`((?:callfs|process)_\w+)`", line))
    return found


def sources():
    """The text of every test function, by its node id without parameters."""
    texts = {}
    for path in sorted(Path("Tests/Acceptance").glob("test_*.py")):
        text = path.read_text()
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                texts[f"{path.name}::{node.name}"] = (ast.get_source_segment(text, node), text)
    return texts


def candidates(item, tests, texts):
    """The tests whose answers had the item, one of each function, those first that name it."""
    kind, name = item.split(" ", 1)
    word = re.compile(rf"\b{re.escape(name.split('.')[-1])}\b", re.I)

    def rank(test):
        function, file = texts.get(key(test), ("", ""))
        return (not word.search(function), not word.search(file), len(function), test)

    def key(test):
        return test.split("[")[0].split("/")[-1]

    of_functions = {}
    for test in sorted(tests, key=rank):
        # Names and codes are often parameters, so a few of each function are tried.
        of_functions.setdefault(key(test), []).append(test)
    ranked = sorted(of_functions.values(), key=lambda of_one: rank(of_one[0]))
    wanted = [of_one for of_one in ranked if not rank(of_one[0])[1]]
    wanted = [test for of_one in wanted for test in parameters(of_one, word)]
    return wanted[:CANDIDATES]


def parameters(tests, word):
    named = [test for test in tests if word.search(test)]
    return (named + [test for test in tests if test not in named])[:4]


def fails_without(item, tests):
    """The first black-box test that fails without the item; None when all pass."""
    if not tests:
        return None
    ids = [f"Tests/Acceptance/{test}" for test in tests]
    run = subprocess.run(
        PYTEST + ["-x", "--no-header", "--tb=no", "-rfE", *ids],
        env=environment(CALLFS_WITHHOLD=item), capture_output=True, text=True,
    )
    if run.returncode not in (0, 1):
        said = run.stdout + run.stderr
        raise SystemExit(f"contract: pytest ended with {run.returncode} for {item}:\n{said}")
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", run.stdout, re.M)
    return failed and failed[1]


def fails_in_swift(item):
    """The first Swift test of the API that fails without the item; nothing is left out for None."""
    withheld = {} if item is None else {"CALLFS_WITHHOLD": item}
    run = subprocess.run(
        SWIFT, env=environment(**withheld), capture_output=True, text=True
    )
    if "Test run with 0 tests" in run.stdout or "Test run with" not in run.stdout:
        raise SystemExit(f"contract: no Swift test ran; build them first:\n{run.stdout}{run.stderr}")
    failed = re.search(r'Test "?(.*?)"? recorded an issue', run.stdout + run.stderr)
    return failed and f"APITests: {failed[1]}"


def main(arguments):
    if "--observed" not in arguments and not observe():
        print("contract: the tests do not pass as they are", file=sys.stderr)
        return 1
    only = [argument for argument in arguments if argument != "--observed"]
    seen = observed()
    document = json.loads(Path("docs/openapi.json").read_text())
    items = sorted(described(document, Path("docs/MONITORING.md").read_text()) | set(seen))
    if unknown := sorted(set(only) - set(items)):
        print(f"contract: the contract has no such item: {', '.join(unknown)}", file=sys.stderr)
        return 2
    items = [one for one in items if (not only or one in only) and not NOT_THE_CONTRACT.match(one)]
    texts = sources()
    with ThreadPoolExecutor(JOBS) as pool:
        tried = [candidates(item, seen[item], texts) for item in items]
        proofs = dict(zip(items, pool.map(fails_without, items, tried)))
    if failed := fails_in_swift(None):
        print(f"contract: the Swift tests do not pass as they are: {failed}", file=sys.stderr)
        return 1
    rest = [item for item in items if not proofs[item] and not item.startswith("metric")]
    with ThreadPoolExecutor(JOBS) as pool:
        proofs |= zip(rest, pool.map(fails_in_swift, rest))
    (FOLDER / "proofs.json").write_text(json.dumps(proofs, indent=1))
    missing = [item for item in items if not proofs[item]]
    for item in missing:
        print(f"contract: no test fails without {item}" + ("" if seen[item] else ", which no answer had"))
    print(f"{len(items)} items, {len(missing)} without an assertion")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
