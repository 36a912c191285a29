"""A text looked at before it is a message: by command and in a program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from carrears.cli import app, conduct_words
from carrears.conduct.free_text import check_text, guess_language
from carrears.conduct.pack import load_pack

CN, US = load_pack("cn"), load_pack("us")


def run(*options: str, said: str) -> Any:
    assert conduct_words  # it registers the command
    return CliRunner().invoke(app, ["conduct", "words", "-", *options], input=said)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("不还款就坐牢", "block"),
        ("我们将依法提起诉讼，也会让你坐牢", "block"),
        ("我们将依法提起诉讼", "review"),
        ("请尽快还款", "allow"),
    ],
)
def test_the_gravest_word_decides(text: str, action: str) -> None:
    assert check_text(text, CN).gate_action == action


def test_duties_are_asked_for_where_a_channel_is_named() -> None:
    text = "Your loan is overdue, please pay."
    assert check_text(text, US).objections == ()
    sms = check_text(text, US, channel="sms", sender="Elm Auto")
    assert [each.id for each in sms.objections] == ["no_sender", "no_opt_out"]
    whole = check_text(f"Elm Auto: {text} Reply STOP to end.", US, channel="sms", sender="Elm Auto")
    assert whole.objections == ()
    assert check_text(text, US, channel="letter", sender="Elm Auto").objections == ()


def test_the_name_of_who_writes_is_no_threat() -> None:
    text = "黑名单科技有限公司提醒您还款"
    assert check_text(text, CN, sender="黑名单科技有限公司").objections == ()
    assert check_text(text, CN).gate_action == "review"


@pytest.mark.parametrize(
    ("text", "language"),
    [("请还款", "zh"), ("Please pay", "en"), ("请于 6 月还款 via App", "zh"), ("", "en")],
)
def test_the_language_is_guessed(text: str, language: str) -> None:
    assert guess_language(text) == language


def test_the_command_prints_what_was_found_and_where() -> None:
    done = run(said="再不还款就坐 牢")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["gate_action"], told["language"]) == (1, "block", "zh")
    [found] = told["findings"]
    assert (found["found"], found["start"], found["end"]) == ("坐 牢", 5, 8)
    assert found["citation"].startswith("《金融机构个人消费类贷款催收工作指引（试行）》")


def test_the_command_ends_with_nothing_where_nothing_is_found() -> None:
    done = run("--jurisdiction", "uk", said="Please call us.")
    assert (done.exit_code, json.loads(done.stdout)["findings"]) == (0, [])


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert run("--jurisdiction", "XX", said="x").exit_code == 2
    path = tmp_path / "latin.txt"
    path.write_bytes(b"\xe9t\xe9")
    for file in (path, tmp_path / "none.txt"):
        done = CliRunner().invoke(app, ["conduct", "words", str(file)])
        assert done.exit_code == 2
        assert file.name in done.output.replace("\n", "")
