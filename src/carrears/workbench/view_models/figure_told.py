"""What a figure is, beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureTold:
    """A figure in words and numbers: its formula, what stands above and below, over which days.

    ``key`` is unlike that of any other figure of the page. ``above`` and ``below`` are minor units
    of ``currency``, or counts where that is empty; ``above_text`` and ``below_text`` are the same
    as the reader's language writes them. A definition without figures has no ``above``; ``note``
    says why a figure is not told.
    """

    key: str
    title: str
    formula: str
    above_name: str
    below_name: str
    days: str
    above: int | None = None
    below: int | None = None
    above_text: str = ""
    below_text: str = ""
    currency: str = ""
    first: date | None = None
    last: date | None = None
    note: str = ""

    @property
    def share(self) -> float | None:
        """Above ÷ below; None of nothing."""
        return self.above / self.below if self.above is not None and self.below else None
