"""What can be wrong with a tape or a mapping as a whole."""

from __future__ import annotations

from pathlib import Path


class TapeError(ValueError):
    """A file that cannot be taken in: nothing of it may be stored. Names the file."""

    def __init__(self, path: Path, problem: str, *, row: int | None = None) -> None:
        """``row`` is the last data row that was read before the break."""
        self.path, self.problem, self.row = path, problem, row
        reached = "" if row is None else f" (after data row {row})"
        super().__init__(f"{path}: {problem}{reached}")


class MappingError(ValueError):
    """A mapping that cannot be used; names the file and the path of each wrong key."""
