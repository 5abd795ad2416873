"""What the API promises (docs/PROMISES.md) is proven by tests that say so. Needs no server."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
specification = importlib.util.spec_from_file_location("contract", ROOT / "scripts" / "lib" / "contract.py")
contract = importlib.util.module_from_spec(specification)
specification.loader.exec_module(contract)


def test_every_promise_is_proven_and_every_proof_is_of_a_promise():
    promised, wrong = contract.judge(ROOT)
    assert wrong == []
    assert len(promised) > 80


PYTHON = '''
import pytest

@pytest.mark.proves("a", "b")
def test_one(): assert True

@pytest.mark.proves("c")
def test_nothing(): pass

@pytest.mark.proves("d")
def helper(): assert True

# pytest.mark.proves("e"): the word alone is no proof
def test_two():
    "pytest.mark.proves('f')"
    assert "a"
'''

SWIFT = '''
    // Proves: a, b
    @Test("Says it")
    func one() { #expect(true) }

    // Proves: c
    func two() { #expect(true) }

    // Proves: d
    @Test("Expects nothing")
    func three() {
    }
    let text = "Proves: e"
'''


@pytest.mark.parametrize(
    "found",
    [contract.python_proofs("x.py", PYTHON), contract.swift_proofs("x.swift", SWIFT)],
    ids=["python", "swift"],
)
def test_only_a_test_that_asserts_and_says_so_proves(found):
    proven = list(found)
    assert {id for id, _, is_test in proven if is_test} == {"a", "b"}
    assert {id for id, _, is_test in proven if not is_test} - {"?"} == {"c", "d"}


def test_what_is_not_proven_not_promised_or_not_named_is_found():
    promised = {"a": "One `CODE_A`.", "b": "Two."}
    proven = [("a", "x", True), ("b", "y", False), ("z", "x", True)]
    found = contract.problems(promised, proven, ["CODE_A", "CODE_B"])
    assert [line.split(":")[0] for line in found] == [
        "y says that it proves 'b', and is no test that asserts anything",
        "x proves 'z', which is not promised",
        "no test proves 'b'",
        "no promise names the error code CODE_B",
    ]


def test_a_promise_is_a_row_of_its_table():
    text = "| id | promise |\n|---|---|\n| `a` | One. |\n| `a` | Again. |\n| `B` | Bad. |\n"
    promised, wrong = contract.promises(text)
    assert promised == {"a": "One."} and len(wrong) == 2
