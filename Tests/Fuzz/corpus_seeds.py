"""Writes every request of the hostile corpus as a seed of the `http` fuzz target: no cuts, then its bytes."""

import json
import re
import sys
from pathlib import Path

corpus, folder = Path(sys.argv[1]), Path(sys.argv[2])
for number, case in enumerate(json.loads(corpus.read_text())):
    text = re.sub("⟨(.*?)×([0-9]+)⟩", lambda found: found[1] * int(found[2]), case["bytes"], flags=re.DOTALL)
    (folder / f"{number:03d}").write_bytes(b"\x00" + text.encode("latin-1"))
