"""The words that packs object to: the cases that lawyers read, and how words are disguised."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from carrears.conduct.pack import Pack, PackError, load_pack, read_yaml
from carrears.conduct.spelling import spell_plainly
from carrears.conduct.word_lists import load_wording
from carrears.conduct.wording import Objection, find_forbidden, find_missing
from carrears.outreach.templates import load_template, template_keys
from carrears.resources import shipped

PACKS = sorted(path.name for path in shipped("rulepacks").iterdir() if path.is_dir())
CN = load_pack("cn")


class Cases(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sender: str = ""
    caught: list[str] = Field(min_length=1)
    passes: list[str] = Field(min_length=1)


class Shared(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lists: dict[str, Cases]
    clean: list[str]


@cache
def shared() -> Shared:
    return Shared.model_validate(read_yaml(shipped("rulepacks") / "wording_cases.yaml"))


@cache
def own(name: str) -> dict[str, Cases]:
    path = shipped("rulepacks") / name / "wording_cases.yaml"
    return TypeAdapter(dict[str, Cases]).validate_python(read_yaml(path))


def cases_of(name: str) -> Iterator[tuple[str, Cases]]:
    """Each entry of a pack with its own cases and with those of each list it uses."""
    for entry in load_wording(load_pack(name)).entries.values():
        if entry.kind != "missing":
            yield from ((entry.id, shared().lists[words]) for words in entry.lists)
        if entry.id in own(name):
            yield entry.id, own(name)[entry.id]


def objections(text: str, pack: Pack, sender: str) -> list[Objection]:
    if not sender:
        return find_forbidden(text, pack)
    return find_missing(text, pack, channel="email", sender=sender)


@pytest.mark.parametrize("name", PACKS)
def test_every_case_is_decided_as_it_is_written(name: str) -> None:
    pack = load_pack(name)
    decided = [
        (entry, text, wanted, objections(text, pack, cases.sender))
        for entry, cases in cases_of(name)
        for wanted, texts in (("caught", cases.caught), ("passes", cases.passes))
        for text in texts
    ]
    assert len(decided) > 100
    for entry, text, wanted, found in decided:
        if wanted == "caught":
            assert entry in {each.id for each in found}, text
        else:
            assert [each for each in found if _bars(each, entry)] == [], text


def _bars(objection: Objection, entry: str) -> bool:
    return objection.id == entry or objection.strength == "prohibited"


@pytest.mark.parametrize("name", PACKS)
def test_no_entry_lacks_cases(name: str) -> None:
    entries = set(load_wording(load_pack(name)).entries)
    assert {entry for entry, _ in cases_of(name)} == entries
    assert set(own(name)) <= entries


def test_no_list_lacks_cases_and_none_is_unused() -> None:
    used = {
        words
        for name in PACKS
        for entry in load_wording(load_pack(name)).entries.values()
        for words in entry.lists
    }
    lists = read_yaml(shipped("rulepacks") / "wording.yaml")["lists"]
    assert set(shared().lists) == set(lists) == used


@pytest.mark.parametrize("name", PACKS)
def test_what_is_lawful_and_courteous_passes(name: str) -> None:
    pack = load_pack(name)
    assert {text: find_forbidden(text, pack) for text in shared().clean} == {
        text: [] for text in shared().clean
    }


@pytest.mark.parametrize("name", PACKS)
@pytest.mark.parametrize("key", template_keys())
def test_shipped_template_holds_nothing_forbidden(name: str, key: str) -> None:
    template = load_template(key)
    for subject, body in template.locales.values():
        text = f"{subject}\n\n{body}"
        pack = load_pack(name)
        assert find_forbidden(text, pack) == []
        assert find_missing(text, pack, channel=template.channel, sender="{lender}") == []


@pytest.mark.parametrize("name", PACKS)
def test_every_entry_is_cited_and_explained_twice(name: str) -> None:
    pack = load_pack(name)
    titles = [source.title for source in pack.sources.values()]
    for entry in load_wording(pack).entries.values():
        assert any(pack.cite(entry.citation).startswith(title) for title in titles)
        assert re.search("[\u4e00-\u9fff]", entry.says.zh)
        assert entry.says.en.isascii()


@pytest.mark.parametrize(
    "text",
    ["坐 牢", "坐·牢", "坐\u200b牢", "坐**牢", "坐\n牢", "坐/牢", "座牢", "要 坐_牢 了"],
)
def test_splitting_or_dressing_up_a_word_does_not_hide_it(text: str) -> None:
    assert [each.id for each in find_forbidden(text, CN)] == ["threat_of_arrest"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ｆｕｃｋ off", "ｆｕｃｋ"),
        ("f\u00adu\u00adc\u00adk", "f\u00adu\u00adc\u00adk"),
        ("f-u-c-k it", "f-u-c-k"),
        ("you l0s3r", "l0s3r"),
        ("an ïdìot", "ïdìot"),
        ("ⅰdiot", "ⅰdiot"),
        ("你這個騙子", "你這個騙子"),
        ("老賴先生", "老賴"),
        ("沒良心，傻\u200b 逼", "傻\u200b 逼"),
    ],
)
def test_a_finding_names_the_words_as_they_were_written(text: str, found: str) -> None:
    objection = [each for each in find_forbidden(text, CN) if each.id == "insult"][-1]
    assert objection.found == found
    assert text[objection.start : objection.end] == found


def test_an_empty_line_parts_two_words() -> None:
    assert find_forbidden("请坐\n\n牢记还款日", CN) == []


def test_what_is_prohibited_is_not_also_sent_to_a_person() -> None:
    found = find_forbidden("您会被拘留。拘留所的地址见附件。", CN)
    assert [(each.id, each.strength) for each in found] == [
        ("threat_of_arrest", "prohibited"),
        ("legal_process", "review"),
    ]


def test_a_name_is_let_stand_and_no_more_than_the_name() -> None:
    text = "王八一先生，您真是个王八。"
    assert [each.start for each in find_forbidden(text, CN, spared=["王八一"])] == [10]
    assert [each.start for each in find_forbidden(text, CN)] == [0, 10]


@given(st.text(alphabet="坐牢逼傻骗子fuck 10.*\u200b\n，。不会Ａé", max_size=60))
def test_what_is_found_stands_in_the_text(text: str) -> None:
    for each in find_forbidden(text, CN):
        assert 0 <= each.start < each.end <= len(text)
        assert each.found == text[each.start : each.end]


@given(st.text(max_size=80))
def test_plain_spelling_knows_where_each_character_stood(text: str) -> None:
    plain = spell_plainly(text)
    assert len(plain.text) == len(plain.places)
    assert list(plain.places) == sorted(plain.places)
    assert all(0 <= place < len(text) for place in plain.places)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz,;", max_size=60))
def test_plain_text_is_left_as_it_is(text: str) -> None:
    assert spell_plainly(text).text == text


def test_traditional_characters_of_all_patterns_are_known() -> None:
    """A character that only simplified script has must be found in traditional script too."""
    folder = shipped("rulepacks")
    patterns = "".join(path.read_text("utf-8") for path in folder.glob("**/wording.yaml"))
    known = read_yaml(folder / "spelling.yaml")["traditional"]
    simplified = {
        letter
        for letter in re.findall("[\u4e00-\u9fff]", patterns)
        if not letter.encode("big5", "ignore") and letter not in "着艹"
    }
    assert simplified - {word[0] for word in known.split()} == set()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("cn/wording.yaml", "source: pipl", "source: nowhere"),
        ("cn/wording.yaml", "lists: [arrest]", "lists: [arest]"),
        ("cn/wording.yaml", "- id: insult\n", "- id: disclosure\n"),
        ("cn/wording.yaml", "says:", "say:"),
        ("cn/wording.yaml", "  channels: [email, sms, portal]\n", ""),
        ("wording.yaml", "[坐座做作蹲]", "[坐座做作蹲"),
        ("wording.yaml", "'判刑|拘留", "'|拘留"),
    ],
)
def test_spoilt_list_is_refused(tmp_path: Path, file: str, old: str, new: str) -> None:
    shutil.copytree(shipped("rulepacks"), tmp_path / "packs")
    path = tmp_path / "packs" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError, match=r"wording\.yaml"):
        find_forbidden("", load_pack("cn", tmp_path / "packs"))
