"""Mistakes that are planted into a copy of the sources, to see that the simulator finds each; see
scripts/sim --help.

A mistake is a file in Tests/ClusterSim/Planted: a sentence, the promise that it breaks, perhaps the workload
that is to find it, and edits. An edit names a file and gives the lines that must be there exactly once, and
the lines in their place, which ask `Mistake.active` so that one build holds them all.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
MISTAKES = REPOSITORY / "Tests" / "ClusterSim" / "Planted"
COPY = REPOSITORY / ".build" / "planted"
PROGRAM = COPY / ".build" / "release" / "callfs-sim"
SEED = re.compile(r"^FAILED seed (\d+) of (.+?), commit", re.M)
# A search that gives up is a failure too, and convicts nobody.
NO_VERDICT = "no verdict"
# A mistake that breaks more stories is not listed with each of them.
GENERAL = 12
STORY = re.compile(r"^FAILED story: (.+?)(?: \(its process died\))?$", re.M)
WORKLOADS = REPOSITORY / "Tests" / "ClusterSim" / "Workloads" / "Workloads.swift"


@dataclass
class Mistake:
    name: str
    sentence: str = ""
    promise: str = ""
    workload: str | None = None
    edits: list = field(default_factory=list)

    @property
    def case(self):
        head, *rest = self.name.split("-")
        return head + "".join(part.capitalize() for part in rest)


def read(path):
    mistake = Mistake(path.stem)
    lines = path.read_text().splitlines()
    mistake.sentence = lines[0]
    target, place, old, new = None, None, [], []
    for line in lines[1:]:
        if place is None and line.startswith("promise: "):
            mistake.promise = line.removeprefix("promise: ")
        elif place is None and line.startswith("workload: "):
            mistake.workload = line.removeprefix("workload: ")
        elif place is None and line.startswith("file: "):
            target = line.removeprefix("file: ")
        elif line == "<<<<" and place is None:
            place, old, new = "old", [], []
        elif line == "====" and place == "old":
            place = "new"
        elif line == ">>>>" and place == "new":
            mistake.edits.append((target, "\n".join(old) + "\n", "\n".join(new) + "\n"))
            place = None
        elif place is not None:
            (old if place == "old" else new).append(line)
        elif line.strip():
            sys.exit(f"planted: {path}: what is '{line}'?")
    if not (mistake.sentence and mistake.promise and mistake.edits) or place is not None:
        sys.exit(f"planted: {path}: a sentence, a promise and an edit are needed")
    return mistake


def all_mistakes(names):
    mistakes = [read(path) for path in sorted(MISTAKES.glob("*.mistake"))]
    unknown = set(names) - {mistake.name for mistake in mistakes}
    if unknown:
        sys.exit(f"planted: there is no mistake '{unknown.pop()}'")
    return mistakes


def plant(mistakes):
    """Makes the copy as it should be, writing only what differs, so that little is compiled again."""
    files = {}
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "Package.swift", "Sources",
         "Tests"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.splitlines()
    for name in listed:
        if (REPOSITORY / name).is_file():
            files[name] = (REPOSITORY / name).read_bytes()
    for mistake in mistakes:
        for target, old, new in mistake.edits:
            text = files[target].decode() if target in files else sys.exit(
                f"planted: {mistake.name}: there is no {target}")
            if text.count(old) != 1:
                sys.exit(
                    f"planted: {mistake.name}: {target} has these lines {text.count(old)} times; the mistake "
                    f"must follow the source:\n{old}")
            files[target] = text.replace(old, new).encode()
    cases = "\n".join(f'    case {mistake.case} = "{mistake.name}"' for mistake in mistakes)
    files["Sources/Domain/Mistake.swift"] = f"""private import Glibc

/// A mistake that is planted in this copy of the sources, and which of them is in force.
package enum Mistake: String, Sendable {{
{cases}

    package static let active: Mistake? = {{
        guard let name = getenv("CALLFS_MISTAKE") else {{ return nil }}
        guard let mistake = Mistake(rawValue: String(cString: name)) else {{ fatalError("no such mistake") }}
        return mistake
    }}()
}}
""".encode()
    for name, content in files.items():
        path = COPY / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    for folder in ("Sources", "Tests"):
        for path in (COPY / folder).rglob("*"):
            if path.is_file() and str(path.relative_to(COPY)) not in files:
                path.unlink()


def build():
    run = subprocess.run(
        ["swift", "build", "-c", "release", "--product", "callfs-sim"], cwd=COPY, capture_output=True,
        text=True)
    if run.returncode != 0:
        sys.exit(f"planted: the copy with the mistakes does not build:\n{run.stdout}{run.stderr}")


@dataclass
class Verdict:
    mistake: Mistake | None
    seed: int | None
    workload: str = ""
    said: str = ""
    died: bool = False


def hunt(mistake, seeds):
    environment = os.environ | {"SWIFT_DETERMINISTIC_HASHING": "1"}
    environment.pop("CALLFS_MISTAKE", None)
    command = [str(PROGRAM), "--seeds", f"0..<{seeds}", "--failures", "3"]
    if mistake:
        environment["CALLFS_MISTAKE"] = mistake.name
        if mistake.workload:
            command += ["--turn", mistake.workload]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    for found in SEED.finditer(run.stdout):
        lines = run.stdout[found.start():].splitlines()
        said = next((line.strip() for line in lines[2:] if line.startswith("  ")), "")
        if mistake and NO_VERDICT in said:
            continue
        return Verdict(mistake, int(found.group(1)), found.group(2), said)
    if run.returncode not in (0, 1):
        return Verdict(mistake, None, said=run.stderr.strip().splitlines()[-1] if run.stderr.strip() else "",
                       died=True)
    return Verdict(mistake, None)


def tell(mistake):
    """The stories that do not go as told with a mistake, or without any."""
    environment = os.environ | {"SWIFT_DETERMINISTIC_HASHING": "1"}
    environment.pop("CALLFS_MISTAKE", None)
    if mistake:
        environment["CALLFS_MISTAKE"] = mistake.name
    run = subprocess.run([str(PROGRAM), "--stories"], env=environment, capture_output=True, text=True)
    if "total stories=" not in run.stdout:
        sys.exit(f"planted: the stories were not told: {run.stdout}{run.stderr}")
    return STORY.findall(run.stdout)


def table(verdicts, red):
    turns = WORKLOADS.read_text().count(".self")
    rows = ["| mistake | what it does | breaks | found by | seed | its workload's | stories |",
            "|---|---|---|---|---|---|---|"]
    for verdict in verdicts:
        mistake = verdict.mistake
        seed, count = ("not found", "") if verdict.seed is None else (verdict.seed, verdict.seed // turns + 1)
        workload = f"`{verdict.workload}`" if verdict.workload else ""
        rows.append(f"| `{mistake.name}` | {mistake.sentence} | {mistake.promise} | {workload} | {seed} "
                    f"| {count} | {len(red[mistake.name]) or ''} |")
    return "\n".join(rows)


def table_of_stories(red):
    rows = ["| story | goes wrong with |", "|---|---|"]
    sources = (REPOSITORY / "Tests" / "ClusterSim" / "Stories").glob("*.swift")
    told = [sentence for path in sorted(sources)
            for sentence in re.findall(r'Tale\(\s*"([^"]*)"', path.read_text())]
    for sentence in told:
        wrong = [name for name in red if sentence in red[name]]
        # What breaks nearly every story says little about this one.
        particular = [name for name in wrong if len(red[name]) <= GENERAL]
        names = ", ".join(f"`{name}`" for name in particular)
        if len(wrong) > len(particular):
            count = len(wrong) - len(particular)
            names += f"{', and ' if names else ''}{count} that break{'s' if count == 1 else ''} many"
        rows.append(f"| {sentence} | {names} |")
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(prog="scripts/sim --planted", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these mistakes; all by default")
    parser.add_argument("--seeds", type=int, default=1000,
                        help="the seeds from 0 on, of which those of the mistake's workload are tried")
    parser.add_argument(
        "--clean-seeds", type=int, default=1000, help="seeds that must pass without any mistake")
    parser.add_argument("--stories", action="store_true", help="only tell the stories, and try no seeds")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--check", action="store_true", help="only see that every mistake fits the sources")
    parser.add_argument("--fresh", action="store_true", help="build the copy from nothing")
    options = parser.parse_args()
    mistakes = all_mistakes(options.names)
    if options.fresh:
        shutil.rmtree(COPY, ignore_errors=True)
    plant(mistakes)
    if options.check:
        print(f"{len(mistakes)} mistakes fit the sources")
        return
    build()
    chosen = [mistake for mistake in mistakes if not options.names or mistake.name in options.names]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        clean = pool.submit(hunt, None, 0 if options.stories else options.clean_seeds)
        verdicts = [] if options.stories else list(
            pool.map(lambda mistake: hunt(mistake, options.seeds), chosen))
        told = pool.map(tell, [None, *chosen])
        fair = next(told)
        red = {mistake.name: stories for mistake, stories in zip(chosen, told)}
    if options.stories:
        for mistake in chosen:
            print(f"{mistake.name}: {len(red[mistake.name])} stories go wrong")
    else:
        print(table(verdicts, red))
    print()
    print(table_of_stories(red))
    for sentence in fair:
        print(f"planted: a story goes wrong without any mistake: {sentence}", file=sys.stderr)
    missed = [verdict for verdict in verdicts if verdict.seed is None]
    for verdict in missed:
        how = f" (the process died: {verdict.said})" if verdict.died else ""
        print(f"planted: '{verdict.mistake.name}' was not found{how}", file=sys.stderr)
    if clean.result().seed is not None or clean.result().died:
        print(f"planted: a seed fails without any mistake: {clean.result()}", file=sys.stderr)
    print(f"{len(verdicts) - len(missed)} of {len(verdicts)} mistakes found; without any, "
          f"{options.clean_seeds} seeds pass" if clean.result().seed is None else "")
    sys.exit(1 if missed or fair or clean.result().seed is not None or clean.result().died else 0)


if __name__ == "__main__":
    main()
