"""Facts about processes and folders, from /proc and the filesystem."""

import os
from pathlib import Path


def memory(pid):
    """Resident bytes of a process: (now, peak)."""
    fields = {}
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        fields[name] = value
    return tuple(int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))


def reset_peak_memory(pid):
    """Starts the peak anew (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def open_descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def descriptor_targets(pid):
    """What the open descriptors of a process refer to, as the kernel names it."""
    targets = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            targets.append(os.readlink(f"/proc/{pid}/fd/{name}"))
        except FileNotFoundError:
            continue
    return targets


def open_sockets(pid):
    return sum(target.startswith("socket:") for target in descriptor_targets(pid))


def deleted_but_open(pid):
    """Files without a name whose room an open descriptor keeps."""
    return [target for target in descriptor_targets(pid) if target.endswith(" (deleted)")]


def disk_use(folder):
    """Allocated bytes below a folder, as du(1) counts them; what vanishes meanwhile counts as nothing."""
    total = 0
    seen = set()
    for root, _, names in os.walk(folder):
        for path in [root, *(os.path.join(root, name) for name in names)]:
            try:
                status = os.lstat(path)
            except FileNotFoundError:
                continue
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                total += status.st_blocks * 512
    return total


def files_below(folder):
    """Every file below a folder, relative to it, sorted."""
    return sorted(
        os.path.relpath(os.path.join(root, name), folder)
        for root, _, names in os.walk(folder)
        for name in names
    )


def temporary_files(data_directory):
    """What an upload leaves behind until it is published."""
    folder = Path(data_directory) / ".callfs" / "tmp"
    return files_below(folder) if folder.exists() else []
