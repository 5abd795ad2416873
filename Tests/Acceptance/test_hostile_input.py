"""Every request of Tests/Corpus/http1-hostile.json, against the live server: the status it deserves, and no
harm done."""

import json
import re
from pathlib import Path

import pytest

from harness.http1 import ConnectionEnded

CORPUS = Path(__file__).resolve().parents[1] / "Corpus" / "http1-hostile.json"
AT_LEAST = 200
STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) ")


def cases():
    if not CORPUS.exists():
        return []
    value = json.loads(CORPUS.read_text())
    return value["cases"] if isinstance(value, dict) else value


def test_the_corpus_is_large_and_its_names_differ():
    names = [case["name"] for case in cases()]
    assert len(names) >= AT_LEAST
    assert len(set(names)) == len(names)
