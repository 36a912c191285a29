"""What people of an agency see of a case: one table (``agency_sight.yaml``) for every wall.

``casework.agency_view`` narrows by it what a page or an operation shows (the first wall),
``walls`` which lines of a timeline the database lets through (the second).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from carrears.yamls import load_yaml

_FILE = Path(__file__).with_name("agency_sight.yaml")


@dataclass(frozen=True, slots=True)
class AgencySight:
    """The table.

    Attributes:
        events: by kind of what others did, the fields that are shown; no other kind is.
        withheld: the fields of a case that are not shown.
        hold_classes: by reason of a hold, the class that stands for it.
    """

    events: Mapping[str, frozenset[str]]
    withheld: frozenset[str]
    hold_classes: Mapping[str, str]

    def reasons_of(self, name: str) -> frozenset[str]:
        """The reasons that a class stands for; a reason's own name asks for nothing."""
        return frozenset(reason for reason, given in self.hold_classes.items() if given == name)


@cache
def agency_sight() -> AgencySight:
    """What agency_sight.yaml says."""
    found = load_yaml(_FILE.read_text(encoding="utf-8"))
    return AgencySight(
        events={kind: frozenset(one["shown"]) for kind, one in found["events"].items()},
        withheld=frozenset(found["withheld"]),
        hold_classes=found["hold_classes"],
    )
