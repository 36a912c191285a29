"""The most memory that this process has held."""

from __future__ import annotations

import re
from pathlib import Path


def peak_mib() -> float:
    """In MiB, since the process began its program.

    ``ru_maxrss`` of a child begins with what its parent held, so it says too much here.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kib = re.search(r"VmHWM:\s*(\d+) kB", status)
    if kib is None:
        raise OSError("/proc/self/status has no VmHWM")
    return int(kib[1]) / 1024
