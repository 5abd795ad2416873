"""docs/API.md says what happens: its commands are run from top to bottom, and what they print is compared.

To write the outputs anew after a change: `CALLFS_RECORD=1 pytest Tests/Acceptance/test_api_guide.py`; then
read the difference."""

import json
import os
import subprocess
from pathlib import Path

from harness.guide import Shell, blocks, matches, recorded, steps

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "API.md"


def test_the_guide_prints_what_it_says(server, tmp_path):
    text = GUIDE.read_text()
    configuration = tmp_path / "callfs.yaml"
    configuration.write_text(blocks(text, "yaml")[0])
    one = server(configuration=configuration)
    folder = tmp_path / "reader"
    folder.mkdir()
    with one.start():
        shell = Shell(
            folder, [("localhost:8443", f"localhost:{one.port}"), ("/var/lib/callfs", str(one.data))]
        )
        try:
            if os.environ.get("CALLFS_RECORD"):
                GUIDE.write_text(recorded(text, shell.run))
                return
            wrong = []
            all_steps = steps(text)
            for step in all_steps:
                actual = shell.run(step.command)
                if not matches(step.expected, actual):
                    wrong.append(f"line {step.line}: {step.command}\n  says {step.expected}  does {actual}")
        finally:
            shell.close()
    assert len(all_steps) > 40
    assert not wrong, "\n".join(wrong)
