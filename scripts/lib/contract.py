"""Promises and proofs: the rows of docs/PROMISES.md, and the tests that say which of them they prove."""

import ast
import json
import re
import sys
from pathlib import Path

ROW = re.compile(r"^\| `([a-z0-9-]+)` \| (.+) \|$")
PROOF = re.compile(r"^\s*// Proves: ([a-z0-9-]+(?:, [a-z0-9-]+)*)$")


def promises(text):
    """Pairs of an id and a sentence, and what is wrong with the table."""
    found, wrong = {}, []
    for number, line in enumerate(text.split("\n"), 1):
        row = ROW.match(line)
        if not row:
            if line.startswith("| `"):
                wrong.append(f"line {number} of the promises is no row of an id and a sentence")
        elif row[1] in found:
            wrong.append(f"the promise {row[1]} is there twice")
        else:
            found[row[1]] = row[2]
    return found, wrong


def asserts(function, tree):
    """Whether a test asserts something: by itself, by a function or method of its file that does, or by one
    that is named for it."""
    asserting = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any(isinstance(part, ast.Assert) for part in ast.walk(node))
    }
    for node in ast.walk(function):
        if isinstance(node, (ast.Assert, ast.Raise)):
            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
            if name in asserting or re.match(r"(assert|expect|refused|check|answers)", name):
                return True
    return False


def python_proofs(path, text):
    """Triples of a promise's id, the test, and whether the mark is where it counts."""
    tests = set()
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for decorator in node.decorator_list:
            if ids := marked(decorator):
                tests.add(decorator)
                where = f"{path}:{node.lineno} ({node.name})"
                isTest = node.name.startswith("test_") and node in tree.body and asserts(node, tree)
                yield from ((id, where, isTest) for id in ids)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node not in tests and (ids := marked(node)):
            yield from ((id, f"{path}:{node.lineno}", False) for id in ids)


def marked(node):
    """The arguments of `pytest.mark.proves(...)`; None for any other expression."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.proves":
        return [getattr(argument, "value", "?") for argument in node.args] or ["nothing"]
    return None


def swift_proofs(path, text):
    """The same for Swift: the comment counts right above an `@Test` whose function expects something."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if "Proves:" not in line:
            continue
        proof = PROOF.match(line)
        ids = proof[1].split(", ") if proof else ["?"]
        isTest = proof is not None and expects(lines[number + 1 :])
        yield from ((id, f"{path}:{number + 1}", isTest) for id in ids)


def expects(lines):
    """Whether a test begins with the first line, and expects something before it ends."""
    if not lines or not lines[0].lstrip().startswith("@Test"):
        return False
    end = lines[0][: len(lines[0]) - len(lines[0].lstrip())] + "}"
    for line in lines[1:]:
        if "#expect" in line or "#require" in line or "Issue.record" in line:
            return True
        if line == end:
            return False
    return False


def proofs(root):
    for path in sorted((root / "Tests/Acceptance").rglob("*.py")):
        if path.name != "test_contract.py":
            yield from python_proofs(path.relative_to(root), path.read_text())
    for path in sorted((root / "Tests/Unit").rglob("*.swift")):
        yield from swift_proofs(path.relative_to(root), path.read_text())


def problems(promised, proven, codes):
    """One line for each; `proven` are the triples of proofs, `codes` what errors can have."""
    found = []
    kept = set()
    for id, where, isTest in proven:
        if id not in promised:
            found.append(f"{where} proves '{id}', which is not promised")
        elif not isTest:
            found.append(f"{where} says that it proves '{id}', and is no test that asserts anything")
        else:
            kept.add(id)
    found += [f"no test proves '{id}': {sentence}" for id, sentence in promised.items() if id not in kept]
    sentences = " ".join(promised.values())
    found += [f"no promise names the error code {code}" for code in codes if f"`{code}`" not in sentences]
    return found


def judge(root):
    """What is promised, and all that is wrong."""
    promised, wrong = promises((root / "docs/PROMISES.md").read_text())
    document = json.loads((root / "docs/openapi.json").read_text())
    codes = document["components"]["schemas"]["Error"]["properties"]["code"]["enum"]
    return promised, wrong + problems(promised, list(proofs(root)), codes)


def main():
    promised, wrong = judge(Path("."))
    for line in wrong:
        print(f"contract: {line}")
    print(f"{len(promised)} promises, {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
