"""Why something is refused, said so that it can be said in another language too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Reason(str):
    """A sentence in English that remembers its ``template`` and the ``parts`` that filled it."""

    __slots__ = ("parts", "template")
    template: str
    parts: dict[str, Any]


def say(template: str, **parts: Any) -> Reason:
    """The sentence of a template in ``str.format``'s form; a part may be a reason or an error."""
    reason = Reason(template.format(**parts))
    reason.template, reason.parts = template, parts
    return reason


def reason_of(error: BaseException) -> str:
    """What an error says, with its template where it has one."""
    told = error.args[0] if len(error.args) == 1 else None
    return told if isinstance(told, str) else str(error)


def in_other_words(reason: str | BaseException, translate: Callable[[str], str]) -> str:
    """The reason with its template, and that of each reason within, put into other words.

    A sentence without a template is translated whole; what ``translate`` does not know stays.
    """
    if isinstance(reason, BaseException):
        reason = reason_of(reason)
    if not isinstance(reason, Reason):
        return translate(reason) if reason else ""
    parts = {name: _other_part(part, translate) for name, part in reason.parts.items()}
    return translate(reason.template).format(**parts)


def _other_part(part: Any, translate: Callable[[str], str]) -> Any:
    if isinstance(part, Reason | BaseException):
        return in_other_words(part, translate)
    return part
