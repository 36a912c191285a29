"""Files of the lender's own in ``CARREARS_HOME``: one kind of error for all that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError


class HomeFileError(ValueError):
    """A file that cannot be used; its message names the file, the field and what is wrong there.

    It says nothing of anybody, so that pages and answers may quote it.
    """


def read_yaml(path: Path, error: type[HomeFileError]) -> Any:
    """What the file holds.

    Raises:
        error: it cannot be read, or is no YAML; with the line where that shows.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as fault:
        raise error(f"{path}: not YAML: {fault}") from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise error(f"{path}: {fault}") from fault


def told(fault: ValidationError, *, within: str = "") -> str:
    """Which fields do not fit and why, in one line: ``times.broken: Input should be …``."""
    lines = []
    for one in fault.errors(include_url=False, include_input=False):
        where = ".".join(str(step) for step in (within, *one["loc"]) if step != "")
        lines.append(f"{where}: {one['msg']}" if where else one["msg"])
    return "; ".join(lines)
