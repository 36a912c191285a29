"""The record of processing activities: what personal data is held where, why and how long.

It is declared model by model in ``processing.yaml``. A test holds the declaration against the
models: whatever has to do with a person is in it, with every field.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carrears.yamls import load_yaml

LANGUAGES = ("zh", "en")
_FILE = Path(__file__).parent / "processing.yaml"
Words = Mapping[str, str]  # by language


@dataclass(frozen=True, slots=True)
class Activity:
    """Why data is processed, by which law, how long it is kept and who sees it."""

    key: str
    purpose: Words
    basis: Words
    retention: Words
    recipients: Words


@dataclass(frozen=True, slots=True)
class Holding:
    """What one model holds of a person.

    ``path`` leads from a row to the person, who is told there by ``by``: ``party``, ``party_no``
    or ``loan_no``. ``sealed`` names what encrypted fields were sealed as; a star means that the
    field of that name says so. ``other`` is what says nothing of the person.
    """

    model: str
    activity: str
    path: str
    by: str
    fields: Mapping[str, str]
    sealed: Mapping[str, str]
    other: frozenset[str]


@dataclass(frozen=True, slots=True)
class Register:
    """The whole declaration."""

    categories: Mapping[str, Words]
    activities: Mapping[str, Activity]
    holdings: tuple[Holding, ...]


@functools.cache
def read_register() -> Register:
    """The declaration of ``processing.yaml``."""
    told = load_yaml(_FILE.read_text(encoding="utf-8"))
    return Register(
        categories=told["categories"],
        activities={key: Activity(key, **one) for key, one in told["activities"].items()},
        holdings=tuple(_holding(model, one) for model, one in told["models"].items()),
    )


def _holding(model: str, told: dict[str, Any]) -> Holding:
    ((path, by),) = told["subject"].items()
    return Holding(
        model=model,
        activity=told["activity"],
        path=path,
        by=by,
        fields=told["fields"],
        sealed=told.get("sealed", {}),
        other=frozenset(told["other"]),
    )


_HEADS: Mapping[str, tuple[str, ...]] = {
    "en": ("Purpose", "Basis", "Data", "Where", "Kept", "Who sees it"),
    "zh": ("处理目的", "法律依据", "个人信息种类", "所在", "保存期限", "接收方"),
}


def processing_record(language: str) -> str:
    """The record as a Markdown table, an activity a row, in ``zh`` or ``en``."""
    register = read_register()
    lines = [_row(_HEADS[language]), _row(["---"] * len(_HEADS[language]))]
    for activity in register.activities.values():
        held = [one for one in register.holdings if one.activity == activity.key]
        kinds = {kind for one in held for kind in one.fields.values()}
        data = [words[language] for kind, words in register.categories.items() if kind in kinds]
        lines.append(
            _row(
                [
                    activity.purpose[language],
                    activity.basis[language],
                    "; ".join(data) if language == "en" else "；".join(data),
                    ", ".join(f"`{one.model}`" for one in held),
                    activity.retention[language],
                    activity.recipients[language],
                ]
            )
        )
    return "\n".join(lines) + "\n"


def _row(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
