"""Contents that prove what they are, and large ones that cost no memory."""

import hashlib


def described(path, sequence, size):
    """`size` bytes or a little more that name their path and sequence and can be told from any prefix of
    themselves."""
    head = f"{path} {sequence} {size}\n".encode()
    return head + hashlib.shake_128(head).digest(max(size - len(head), 0))


def sequence_of(path, content):
    """The sequence of a described content; fails when it is not whole or belongs to another path."""
    head, _, _ = content.partition(b"\n")
    fields = head.decode(errors="replace").split(" ")
    assert (
        len(fields) == 3 and fields[1].isdigit() and fields[2].isdigit()
    ), f"{path} holds {len(content)} bytes that begin with {content[:60]!r}"
    assert fields[0] == path, f"{path} holds the content of {fields[0]}"
    expected = described(path, int(fields[1]), int(fields[2]))
    assert (
        content == expected
    ), f"{path} holds {len(content)} of {len(expected)} bytes of write {fields[1]}, or others"
    return int(fields[1])


class Pattern:
    """An endless sequence of bytes that never repeats at a power of two, cut into pieces and compared
    without copies."""

    PERIOD = 1_048_573  # The largest prime below 1 MiB.

    def __init__(self, seed):
        block = hashlib.shake_128(f"pattern {seed}".encode()).digest(self.PERIOD)
        self.block = memoryview(block * 3)

    def at(self, offset, count):
        start = offset % self.PERIOD
        return self.block[start : start + count]

    def pieces(self, size, piece=256 * 1024, pace=None):
        for offset in range(0, size, piece):
            if pace:
                pace(offset)
            yield self.at(offset, min(piece, size - offset))

    def checker(self, size):
        return PatternChecker(self, size)


class PatternChecker:
    """A sink that compares what it gets with a pattern."""

    def __init__(self, pattern, size):
        self.pattern = pattern
        self.size = size
        self.offset = 0

    def __call__(self, piece):
        assert self.offset + len(piece) <= self.size, "more bytes than the file has"
        assert piece == self.pattern.at(self.offset, len(piece)), f"other bytes near offset {self.offset}"
        self.offset += len(piece)

    def finish(self):
        assert self.offset == self.size, f"{self.offset} of {self.size} bytes came"
