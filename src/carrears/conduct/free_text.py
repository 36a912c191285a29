"""Words that somebody wants to say, looked at before there is a message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from carrears.conduct.pack import Pack
from carrears.conduct.vocabulary import GateAction
from carrears.conduct.wording import Objection, find_forbidden, find_missing

Language = Literal["zh", "en"]
_HAN = re.compile("[\u3400-\u9fff]")
_WORD = re.compile("[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class TextChecked:
    """What a pack says of a text, and what the gate would do with it on that account alone."""

    pack: Pack
    language: Language
    objections: tuple[Objection, ...]

    @property
    def gate_action(self) -> GateAction:
        """``block`` where something is prohibited, ``review`` where a person has to judge."""
        strengths = {each.strength for each in self.objections}
        if "prohibited" in strengths:
            return "block"
        return "review" if strengths else "allow"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "gate_action": self.gate_action,
            "language": self.language,
            "jurisdiction": self.pack.name.upper(),
            "pack_version": self.pack.version,
            "findings": [each.to_json() for each in self.objections],
        }


def check_text(
    text: str, pack: Pack, *, channel: str = "", sender: str = "", language: Language | None = None
) -> TextChecked:
    """Every objection of ``pack`` to ``text``.

    With a ``channel`` also what a message there has to say and does not; who writes is asked for
    where his name is given as ``sender``. Every pattern is tried whatever the ``language``, which
    is only told, and guessed where it is not given.

    Raises:
        PackError: the pack's list of words cannot be used.
    """
    missing = find_missing(text, pack, channel=channel, sender=sender) if channel else []
    found = find_forbidden(text, pack, spared=(sender,))
    return TextChecked(pack, language or guess_language(text), (*found, *missing))


def guess_language(text: str) -> Language:
    """Chinese where it has more Chinese characters than words in Latin letters."""
    return "zh" if len(_HAN.findall(text)) > len(_WORD.findall(text)) else "en"
