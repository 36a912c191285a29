"""Whatever the gate can say stands on Chinese pages in Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest
from django.utils import translation

from carrears.conduct import facts
from carrears.conduct.vocabulary import KNOWN_NAMES
from carrears.workbench.labels import LABELS, label_of
from carrears.workbench.queries.rule_cases import explained, facts_in_words

# Names that are written alike in both languages.
_ALIKE = {"IN-05"}


def _literals(kind: Any) -> Iterator[str]:
    if get_origin(kind) is Literal:
        yield from (str(one) for one in get_args(kind))
    for inner in get_args(kind):
        if not isinstance(inner, str | int):
            yield from _literals(inner)


def _said() -> set[str]:
    """Every name of a field and every word that facts and attempts may hold."""
    found = set(KNOWN_NAMES)
    for kind in vars(facts).values():
        if isinstance(kind, type) and issubclass(kind, facts.Fact):
            for name, field in kind.model_fields.items():
                found |= {field.alias or name, *_literals(field.annotation)}
    return found


def test_every_word_of_the_gate_has_a_name_in_both_languages() -> None:
    words = _said() - _ALIKE
    assert len(words) > 300
    assert sorted(words - set(LABELS["word"])) == []
    with translation.override("zh-hans"):
        plain = {word for word in words if not re.search("[\u4e00-\u9fff]", _text(word))}
    assert plain == set()


def _text(word: str) -> str:
    return str(label_of(word, "word").text)


def test_codes_that_fill_an_explanation_are_told_in_words() -> None:
    zh = "含有禁止的内容：threat_of_suit, marketing"
    en = "It says threat_of_suit of the call no_such_code"
    with translation.override("zh-hans"):
        assert explained(zh, en) == "含有禁止的内容：以起诉相威胁, 营销"
    with translation.override("en"):
        assert explained(zh, en) == "It says threat of a suit of the call no_such_code"


@pytest.mark.parametrize(
    ("used", "zh", "en"),
    [
        ("do_not_contact[0]", "禁止联系 1", "Do not contact 1"),
        ("attempt.content", "内容", "Content"),
        ("attempt.disclosures.sender_id", "已告知 · 标明发送者", "Disclosed · Names the sender"),
        ("debts:L.3", "债务 L.3", "Debts L.3"),
        ("words:CN-WORDS/insult", "用语 CN-WORDS/insult", "Words CN-WORDS/insult"),
        ("A.17", "A.17", "A.17"),
    ],
)
def test_the_facts_that_decided_are_told_in_words(used: str, zh: str, en: str) -> None:
    for language, told in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            assert facts_in_words([used]) == (told,)
