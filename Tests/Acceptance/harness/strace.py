"""A trace of strace(1) as events in the order of their completion."""

import re

SYSCALLS = ",".join("""
    openat openat2 creat write writev pwrite64 pwritev pwritev2 sendto sendmsg sendfile splice copy_file_range
    read readv recvfrom recvmsg fsync fdatasync sync_file_range syncfs msync rename renameat renameat2 link
    linkat unlink unlinkat mkdir mkdirat ftruncate fallocate
    """.split())

LINE = re.compile(r"^(\d+) +(\d+\.\d+) (.*)$")
CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+|\?)(.*)$")
START = re.compile(r"^(\w+)\((.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^<\.\.\. (\w+) resumed>(.*)$")


def command(output):
    return ["strace", "-f", "-yy", "-ttt", "-s", "40000", "-e", f"trace={SYSCALLS}", "-o", str(output)]


class Event:
    """One completed call: `start` and `end` are line numbers, so that a < b means before."""

    def __init__(self, process, name, arguments, result, start, end):
        self.process = process
        self.name = name
        self.arguments = arguments
        self.result = result
        self.start = start
        self.end = end

    @property
    def target(self):
        """What the first descriptor refers to, by strace -yy."""
        found = re.match(r"\w*\d+<([^>]*)>", self.arguments)
        return found[1] if found else ""

    @property
    def names(self):
        """Every quoted string of the arguments."""
        return re.findall(r'"((?:[^"\\]|\\.)*)"', self.arguments)

    def __repr__(self):
        return f"[{self.start}-{self.end}] {self.name}({self.arguments[:160]}) = {self.result}"


def parse(text):
    events, open_calls = [], {}
    for number, line in enumerate(text.splitlines()):
        parts = LINE.match(line)
        if not parts:
            continue
        process, rest = parts[1], parts[3]
        if begun := START.match(rest):
            open_calls[process] = (number, begun[1], begun[2])
            continue
        start = number
        if resumed := RESUMED.match(rest):
            if process not in open_calls:
                continue
            start, name, arguments = open_calls.pop(process)
            rest = f"{name}({arguments}{resumed[2]}"
        if call := CALL.match(rest):
            result = None if call[3] == "?" else int(call[3])
            events.append(Event(process, call[1], call[2], result, start, number))
    return events
