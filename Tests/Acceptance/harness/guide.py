"""Runs a guide as its reader would: the commands of its `console` blocks, in one shell, one by one."""

import os
import re
import subprocess
from dataclasses import dataclass

MARK = "end-of-command-7f3a"
COMMAND_SECONDS = 30

# What differs from run to run, and what it is compared as.
VOLATILE = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", re.I), "<date>"),
    (re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(-[0-9a-f]+)?(?![0-9a-f])"), "<id>"),
    (re.compile(r"/download/[A-Za-z0-9_.-]+"), "/download/<token>"),
    (re.compile(r'"token":"[^"]+"'), '"token":"<token>"'),
    (re.compile(r'"expires":\d+'), '"expires":<seconds>'),
    (re.compile(r"(x-callfs-claim: |callfs_claim=)[A-Za-z0-9_-]+", re.I), r"\1<claim>"),
    (re.compile(r"(ratelimit: .*;r=)\d+", re.I), r"\1<left>"),
    (re.compile(r"^(process_|callfs_)(.*) [-+0-9.e]+$", re.M), r"\1\2 <number>"),
]


@dataclass
class Step:
    """A command, what the guide says that it prints, and the line that it is on."""

    command: str
    expected: str
    line: int


def steps(text):
    """The commands of all console blocks. A line that begins with `$ ` is a command, one with `> ` goes on
    with it, and all others are what it prints."""
    found = []
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and line.startswith("$ "):
            found.append(Step(line[2:], "", number))
        elif inside and line.startswith("> ") and not found[-1].expected:
            found[-1].command += "\n" + line[2:]
        elif inside:
            found[-1].expected += line + "\n"
    return found


def blocks(text, language):
    """The texts of all blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def normalized(text):
    """Two texts are alike when this is equal. A line of only `...` stands for any lines."""
    for pattern, name in VOLATILE:
        text = pattern.sub(name, text)
    return text.rstrip("\n")


def matches(expected, actual):
    """Whether the output is what the guide says; `...` at the end of a line stands for the rest of it, and on
    a line of its own for any number of lines."""
    pattern = ""
    for line in normalized(expected).split("\n"):
        if line == "...":
            pattern += r"(?:.*\n)*?"
        elif line.endswith("..."):
            pattern += re.escape(line[:-3]) + r".*\n"
        else:
            pattern += re.escape(line) + r"\n"
    return re.fullmatch(pattern, normalized(actual) + "\n") is not None


class Shell:
    """A shell that keeps its variables and functions from command to command."""

    def __init__(self, folder, replacements):
        self.replacements = replacements
        environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env={**environment, "HOME": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, command):
        """What a command prints, on either stream."""
        for name, value in self.replacements:
            command = command.replace(name, value)
        self.process.stdin.write(f"{command}\nprintf '\\n%s\\n' {MARK}\n".encode())
        self.process.stdin.flush()
        output = b""
        end = f"\n{MARK}\n".encode()
        while not output.endswith(end):
            piece = self.process.stdout.read1(65536)
            if not piece:
                break
            output += piece
        text = output.removesuffix(end).decode(errors="replace").replace("\r", "")
        for name, value in self.replacements:
            text = text.replace(value, name)
        return text

    def close(self):
        self.process.kill()
        self.process.wait()


def recorded(text, run):
    """The guide with the outputs that its commands have now; the lines of `...` are lost."""
    lines = []
    inside = False
    command = None

    def flush():
        nonlocal command
        if command is not None:
            output = run(command).rstrip("\n")
            if output:
                lines.append(output)
            command = None

    for line in text.split("\n"):
        if line.startswith("```"):
            if inside:
                flush()
            inside = line == "```console"
            lines.append(line)
        elif inside and line.startswith("$ "):
            flush()
            command = line[2:]
            lines.append(line)
        elif inside and line.startswith("> ") and command is not None:
            command += "\n" + line[2:]
            lines.append(line)
        elif not inside:
            lines.append(line)
    return "\n".join(lines)
