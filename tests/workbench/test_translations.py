"""Every message has a Chinese text that keeps its placeholders."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest

from carrears.workbench import translations
from carrears.workbench.labels import LABELS, label_of

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%%|%[sd]|(\{\w+(?:![rs])?\})")


@pytest.fixture(scope="module")
def used() -> set[str]:
    return {m.id if isinstance(m.id, str) else m.id[0] for m in translations.collect() if m.id}


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_every_message_is_translated() -> None:
    assert translations.untranslated(translations.read_catalogue()) == []


def test_the_catalogue_has_no_message_out_of_use(used: set[str]) -> None:
    kept = {m.id if isinstance(m.id, str) else m.id[0] for m in translations.read_catalogue()}

    assert kept - {""} - used == set()


def test_a_translation_has_the_placeholders_of_its_message() -> None:
    for message in translations.read_catalogue():
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        first = message.id if isinstance(message.id, str) else message.id[0]
        for text in texts:
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(first)), first


def test_messages_are_found_in_templates_and_code(tmp_path: Path) -> None:
    write(tmp_path, "room/labels.py", 'NAME = _("In code")\nTWO = ngettext("one", "many", 2)\n')
    write(
        tmp_path,
        "room/templates/room/page.html",
        '{% load i18n %}<p title="{% translate "It\'s here" %}">'
        "{% blocktranslate with day=x|d:'%Y' %}on {{ day }}{% endblocktranslate %}"
        "{% blocktranslate count n=n %}{{ n }} loan{% plural %}{{ n }} loans{% endblocktranslate %}"
        '{{ x|default:_("none") }}{# {% translate "not me" %} #}</p>',
    )

    found = {message for _file, _line, message, _context in translations.find_messages(tmp_path)}

    assert found == {
        "In code",
        ("one", "many"),
        "It's here",
        "on %(day)s",
        ("%(n)s loan", "%(n)s loans"),
        "none",
    }


def test_a_message_that_the_catalogue_lost_counts_as_untranslated() -> None:
    catalogue = translations.read_catalogue()
    before = translations.untranslated(catalogue)
    catalogue.delete("Dashboard")

    assert set(translations.untranslated(catalogue)) - set(before) == {"Dashboard"}


def test_a_compiled_catalogue_speaks_chinese(tmp_path: Path) -> None:
    path = tmp_path / "django.po"
    path.write_bytes(translations.CATALOGUE.read_bytes())

    assert translations.compile_catalogue(path)
    assert not translations.compile_catalogue(path)
    with path.with_suffix(".mo").open("rb") as file:
        texts = gettext.GNUTranslations(file)
    assert texts.gettext("Dashboard") == "总览"
    assert texts.ngettext("%(days)s day", "%(days)s days", 31) == "%(days)s 天"


def test_a_code_that_nobody_named_is_shown_as_it_is() -> None:
    assert label_of("quantum", "channel").text == "quantum"
    with pytest.raises(KeyError):
        label_of("email", "no such group")


def test_tones_are_those_of_the_style_sheet() -> None:
    tones = {label.tone for group in LABELS.values() for label in group.values()}
    sheet = Path(__file__).resolve().parents[2] / "web/src/styles/badges.css"

    assert tones <= set(re.findall(r"\.tone-(\w+)", sheet.read_text()))
