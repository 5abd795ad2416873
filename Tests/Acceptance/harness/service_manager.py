"""A service manager as a service sees it: a datagram socket that is told how it is (sd_notify(3))."""

import os
import socket


class ServiceManager:
    """Listens at `name`: a path, or `@` and a name in the abstract namespace."""

    def __init__(self, name):
        self.name = str(name)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + self.name[1:] if self.name.startswith("@") else self.name)
        self.messages = []

    def environment(self):
        return {"NOTIFY_SOCKET": self.name}

    def next(self, seconds=20):
        """The next message as a mapping."""
        self.socket.settimeout(seconds)
        text = self.socket.recv(65536).decode()
        message = dict(line.split("=", 1) for line in text.splitlines())
        self.messages.append(message)
        return message

    def next_with(self, name, seconds=20):
        """The next message that has a line of this name; those before it are kept in `messages` only."""
        while name not in (message := self.next(seconds)):
            pass
        return message

    def is_silent(self):
        """Whether nothing has come that was not read."""
        self.socket.settimeout(0)
        try:
            self.socket.recv(65536)
        except BlockingIOError:
            return True
        return False

    def close(self):
        self.socket.close()
        if not self.name.startswith("@"):
            os.unlink(self.name)
