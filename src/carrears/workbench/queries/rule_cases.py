"""The cases of a rule in words for a lawyer, each judged by the gate as it is now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from carrears.conduct.cases import PackCase, read_pack_cases
from carrears.conduct.facts import ContactEvent
from carrears.conduct.gate import judge
from carrears.conduct.pack import Pack, Rule, read_yaml
from carrears.conduct.verdict import Verdict
from carrears.workbench.labels import LABELS, label_of
from carrears.workbench.queries.language import chosen
from carrears.workbench.view_models.rules import CaseShown

_USED = re.compile(r"(?P<path>[a-z_.]+)(?:\[(?P<place>\d+)\]|:(?P<id>.+))?")
# In English only what is no English word is surely a code; among Chinese signs any word is.
_CODE = re.compile(r"(?<![\w.-])[a-z]+(?:_[a-z0-9]+)+(?![\w.-])")
_LATIN = re.compile(r"(?<![A-Za-z0-9_.-])[a-z]+(?:_[a-z0-9]+)*(?![A-Za-z0-9_.-])")
_GROUND = ("at", "zone", "channel", "party", "purpose", "content", "disclosures")


def cases_of(pack: Pack, rule: Rule) -> tuple[CaseShown, ...]:
    """The rule's cases with the answer of the gate, judged now."""
    written = read_yaml(pack.folder / "cases" / f"{rule.id}.yaml")["cases"]
    built = [case for case in read_pack_cases(pack) if case.rule_id == rule.id]
    return tuple(_shown(pack, one, case) for one, case in zip(written, built, strict=True))


def ground_of(pack: Pack) -> tuple[tuple[str, str], ...]:
    """What every case of the pack starts from, unless it says otherwise."""
    base = read_yaml(pack.folder / "cases" / "base.yaml")["attempt"]
    return tuple(_lines({key: base[key] for key in _GROUND if key in base}))


def word(code: Any) -> str:
    """A word of the gate's vocabulary in the reader's language; an unknown one as it is."""
    text = str(code).lower() if isinstance(code, bool) else str(code)
    role, colon, state = text.partition(":")
    return f"{label_of(role, 'word').text}{colon}{state}"


def explained(zh: str, en: str) -> str:
    """What a rule says, in the reader's language; codes that fill it are told in words."""
    said = chosen(zh, en)
    return (_CODE if said == en else _LATIN).sub(_named, said)


def _named(found: re.Match[str]) -> str:
    code = found.group()
    return str(LABELS["word"][code].text) if code in LABELS["word"] else code


def facts_in_words(used: Iterable[str]) -> tuple[str, ...]:
    """What a finding leans on: ``consents[0]`` or ``debts:L.3``, in the reader's language.

    A fact of a list is named by its place, from one on; what has a name of its own, by that.
    """
    return tuple(map(_fact, used))


def _fact(used: str) -> str:
    found = _USED.fullmatch(used)
    if found is None:
        return used
    path = [word(step) for step in found["path"].split(".") if step != "attempt"]
    name = " · ".join(path) or word("contact")
    if found["place"] is not None:
        return f"{name} {int(found['place']) + 1}"
    return f"{name} {found['id']}" if found["id"] else name


def told_lines(given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Facts or an attempt, told line by line."""
    return tuple(_lines(given))


def told_history(events: tuple[ContactEvent, ...]) -> tuple[str, ...]:
    """Earlier contacts, told line by line."""
    return tuple(_history(events))


def _shown(pack: Pack, written: Mapping[str, Any], case: PackCase) -> CaseShown:
    verdict = judge(case.facts, case.attempt, pack)
    own = next((one for one in verdict.findings if one.rule_id == case.rule_id), None)
    return CaseShown(
        name=case.name,
        told=tuple(_lines({**written.get("attempt", {}), **written.get("facts", {})})),
        history=tuple(_history(case.facts.history)),
        expect=case.expect,
        answer=_answer(verdict, case),
        action=verdict.gate_action,
        explanation=explained(own.explanation_zh, own.explanation_en) if own else "",
        next_allowed_at=verdict.next_allowed_at,
        time_zone=case.attempt.zone,
        mistakes=tuple(case.find_mistakes(verdict)),
    )


def _answer(verdict: Verdict, case: PackCase) -> str:
    own = [one.outcome for one in verdict.findings if one.rule_id == case.rule_id]
    return own[0] if own else verdict.expect


def _lines(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in given.items():
        yield word(key), _text(value)


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, Mapping):
        return "; ".join(f"{word(key)}: {_text(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(f"({_text(one)})" if isinstance(one, Mapping) else _text(one)
                         for one in value)  # fmt: skip
    text = word(value)
    return text.replace("T", " ") if text[:4].isdigit() else text


def _history(events: tuple[ContactEvent, ...]) -> Iterator[str]:
    """Earlier contacts, those alike together, as ``Phone call, Conversation: …``."""
    for said, alike in groupby(events, key=_event):
        times = ", ".join(f"{one.at:%Y-%m-%d %H:%M}" for one in alike)
        yield f"{said}: {times}"


def _event(event: ContactEvent) -> str:
    parts = [word(event.channel)]
    if event.direction == "in":
        parts.append(word("in"))
    if event.party and event.party != "D":
        parts.append(event.party)
    parts += [word(one) for one in (event.result, event.mode) if one and one != "human"]
    return ", ".join(parts)
