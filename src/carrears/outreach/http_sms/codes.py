"""Which template of a gateway says what one of ours says (``CARREARS_SMS_CODES_FILE``).

Alibaba Cloud and Tencent Cloud send no words but those of templates that they approved themselves,
with values in them. So a lender writes down, by gateway, template and language, the code and the
words as they were registered; a text leaves only where those words, filled, are those judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from carrears.yamls import load_yaml

_PLACE = re.compile(r"\$\{(\w+)\}|\{(\d+)\}")
NO_CODE = "the gateway has no template for this one"
OTHER_WORDS = "the gateway's template says other words than those that were judged"


class CodeError(ValueError):
    """A text that cannot be sent by a template of the gateway; the message is the reason."""


class Code(BaseModel):
    """One template of a gateway.

    ``parameters`` names our variable for a placeholder of another name, such as ``"1": name``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    text: str
    parameters: dict[str, str] = {}

    def values(self, known: Mapping[str, str]) -> dict[str, str]:
        """The values of the placeholders, in their order.

        Raises:
            CodeError: one of them is none of ours.
        """
        places = [named or number for named, number in _PLACE.findall(self.text)]
        if all(one.isdecimal() for one in places):
            places.sort(key=int)
        found = {one: self.parameters.get(one, one) for one in places}
        if not known.keys() >= set(found.values()):
            raise CodeError(OTHER_WORDS)
        return {place: known[ours] for place, ours in found.items()}

    def as_ours(self) -> str:
        """The registered words with our variables in their places, as our templates write them."""

        def ours(found: re.Match[str]) -> str:
            place = found[1] or found[2]
            return f"{{{self.parameters.get(place, place)}}}"

        return _PLACE.sub(ours, self.text)

    def filled(self, values: Mapping[str, str]) -> str:
        """The words with their values."""
        return _PLACE.sub(lambda found: values[found[1] or found[2]], self.text)


Codes = Mapping[str, Mapping[str, Mapping[str, Code]]]


def load_codes(path: Path | None) -> Codes:
    """The codes of a file, by gateway, template and language; none without a file.

    Raises:
        ValueError: it cannot be read.
    """
    if path is None:
        return {}
    try:
        return _load(path, path.stat().st_mtime_ns)
    except (OSError, yaml.YAMLError, ValidationError, AttributeError) as error:
        raise ValueError(f"{path}: {error}") from error


@cache
def _load(path: Path, _changed_ns: int) -> Codes:
    raw = load_yaml(path.read_bytes()) or {}
    return {
        gateway: {
            template: {locale: Code.model_validate(one) for locale, one in locales.items()}
            for template, locales in templates.items()
        }
        for gateway, templates in raw.items()
    }


def code_for(
    codes: Codes,
    *,
    gateway: str,
    template: str,
    locale: str,
    known: Mapping[str, str],
    words: str,
    sign: str,
) -> tuple[str, dict[str, str]]:
    """The code and the values by which the gateway says exactly ``words``.

    Raises:
        CodeError: it has no code, or would say something else.
    """
    code = codes.get(gateway, {}).get(template, {}).get(locale)
    if code is None:
        raise CodeError(NO_CODE)
    values = code.values(known)
    said = (f"【{sign}】" if sign else "") + code.filled(values).strip()
    if said != words.strip():
        raise CodeError(OTHER_WORDS)
    return code.code, values
