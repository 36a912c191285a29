"""The words that the packs for the United Kingdom and India object to."""

from __future__ import annotations

import pytest

from carrears.conduct.pack import load_pack
from carrears.conduct.wording import find_forbidden
from carrears.outreach.templates import load_template, template_keys


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("uk", "You could be jailed for this.", "threat_of_arrest"),
        ("uk", "再不还款就等着坐牢", "threat_of_arrest"),
        ("uk", "We know where you live.", "threat_of_violence"),
        ("uk", "Our bailiffs are on their way.", "false_authority"),
        ("uk", "Messengers-at-arms will attend.", "false_authority"),
        ("uk", "We will visit your workplace.", "disclosure"),
        ("uk", "You may wish to sell the car yourself.", "no objection"),
        ("uk", "You could sell your house and settle.", "pressure"),
        ("uk", "Sorry, you missed a delivery today.", "misunderstanding"),
        ("uk", "Call 0906 123 456 at once.", "no objection"),
        ("uk", "Call 0906 123 4567 at once.", "premium_number"),
        ("uk", "Call +44 906 123 4567 at once.", "premium_number"),
        ("uk", "Call 0345 123 4567 in office hours.", "no objection"),
        ("uk", "You are a disgrace.", "insult"),
        ("in", "An FIR will be filed.", "threat_of_arrest"),
        ("in", "The fir trees are green.", "no objection"),
        ("in", "We will teach you a lesson.", "threat_of_violence"),
        ("in", "Crime branch offices are closed.", "no objection"),
        ("in", "I am calling from the cyber cell.", "false_authority"),
        ("in", "We will call your references.", "humiliation"),
        ("in", "We will share your photos.", "humiliation"),
        ("in", "You are a thief.", "insult"),
        ("in", "Please call us; we will look for a way together.", "no objection"),
    ],
)
def test_what_is_plain_is_found_with_its_citation(name: str, text: str, expected: str) -> None:
    pack = load_pack(name)
    found = find_forbidden(text, pack)
    assert ([each.id for each in found] or ["no objection"]) == [expected]
    titles = [source.title for source in pack.sources.values()]
    assert all(any(each.citation.startswith(title) for title in titles) for each in found)


@pytest.mark.parametrize("name", ["uk", "in"])
@pytest.mark.parametrize("key", template_keys())
def test_shipped_template_holds_nothing_forbidden(name: str, key: str) -> None:
    for subject, body in load_template(key).locales.values():
        assert find_forbidden(f"{subject}\n{body}", load_pack(name)) == []
