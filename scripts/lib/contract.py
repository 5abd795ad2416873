"""What the API promises, and whether some test asserts it: what servers send is to be named in an assertion,
what clients send is to be sent."""

import ast
import json
import re
import sys
from pathlib import Path

# Of every answer, so that the description names them in its text only.
EVERYWHERE = [
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Strict-Transport-Security",
    "Content-Security-Policy",
    "X-CallFS-Meta-",
]

# Schemas of what clients send: a test that sends it asserts what comes of it.
REQUESTS = ["FileDescriptor", "EntryChange", "LinkRequest"]


def promised():
    """Pairs of a kind and a name."""
    document = json.loads(Path("docs/openapi.json").read_text())
    components = document["components"]
    found = {("field", name) for name in [*components["headers"], *EVERYWHERE]}
    for parameter in components["parameters"].values():
        if parameter["in"] in ("header", "query"):
            found.add(("parameter", parameter["name"]))

    def walk(node, kind):
        if isinstance(node, dict):
            properties = node.get("properties")
            if isinstance(properties, dict):
                found.update((kind, name) for name in properties)
            for value in node.values():
                walk(value, kind)
        elif isinstance(node, list):
            for value in node:
                walk(value, kind)

    for name, schema in components["schemas"].items():
        walk(schema, "parameter" if name in REQUESTS else "member")
    codes = components["schemas"]["Error"]["properties"]["code"]["enum"]
    found.update(("code", code) for code in codes)
    return sorted(found)


def python_assertions(path):
    """The sources of assert statements, and of calls of what asserts, such as `refused(...)`."""
    text = path.read_text()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assert):
            yield ast.get_source_segment(text, node)
        elif isinstance(node, ast.Call):
            function = node.func
            name = getattr(function, "id", None) or getattr(function, "attr", "")
            if re.match(r"(assert|expect|refused|check|answers)", name):
                yield ast.get_source_segment(text, node)


def parametrized(path):
    """The tables that parametrized tests compare with."""
    text = path.read_text()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                source = ast.get_source_segment(text, decorator)
                if source and source.startswith("pytest.mark.parametrize"):
                    yield source


def swift_assertions(path):
    """The sources of `#expect(...)` and `#require(...)`, to the parenthesis that closes them, and the tables
    that parametrized tests compare with."""
    text = path.read_text()
    for match in re.finditer(r"(#expect|#require|@Test)\(", text):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield text[match.start() : end]


def sources():
    yield from sorted(Path("Tests/Acceptance").rglob("*.py"))
    yield from sorted(Path("Tests/Unit").rglob("*.swift"))


def assertions():
    for path in sources():
        if path.suffix == ".py":
            yield from python_assertions(path)
            yield from parametrized(path)
        else:
            yield from swift_assertions(path)


def is_named(name, asserted):
    """As a word of its own; fields in any case."""
    pattern = rf"(?<![A-Za-z0-9_-]){re.escape(name.rstrip('-'))}(?![A-Za-z0-9_])"
    return re.search(pattern, asserted, re.IGNORECASE) is not None


def main():
    asserted = "\n".join(text for text in assertions() if text)
    sent = "\n".join(path.read_text() for path in sources())
    wanted = promised()
    missing = [
        (kind, name)
        for kind, name in wanted
        if not is_named(name, sent if kind == "parameter" else asserted)
    ]
    for kind, name in missing:
        print(f"contract: no test asserts the {kind} {name}")
    print(f"{len(wanted)} promises, {len(missing)} of them asserted by no test")
    return 1 if missing else 0


sys.exit(main())
