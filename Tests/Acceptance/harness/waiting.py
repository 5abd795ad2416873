"""Waiting for conditions, never for time to pass."""

import time


class DeadlineExceeded(AssertionError):
    """A condition did not come true in time."""


def wait_until(condition, seconds, what, interval=0.005):
    """Polls `condition` until it returns something true, and returns that. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise DeadlineExceeded(f"not within {seconds} s: {what}")
        time.sleep(interval)


def written_lines(text):
    """The lines that are there to their end: the last one may be on its way still."""
    return [line for line in text.splitlines(keepends=True) if line.endswith("\n")]
