"""How replies are read: what promises, disputes or tells of hardship, and what is none of it."""

from __future__ import annotations

import re
import time
from datetime import date
from pathlib import Path

import pytest
import yaml

from carrears.outreach.reply_words import (
    KNOWN,
    Channel,
    Pattern,
    asks_to_stop,
    fold,
    meanings_of,
    wording_on,
)

TODAY = date(2026, 11, 29)
WORDS = wording_on(TODAY)
_ALL = [WORDS.stop, *(WORDS.meanings[meaning] for meaning in KNOWN)]
PATTERNS = [one for each in _ALL for one in (*each.unsaid, *each.said)]
SAID = yaml.safe_load(Path(__file__).with_name("replies_said.yaml").read_text())


@pytest.mark.parametrize("one", PATTERNS, ids=lambda one: one.why[:30])
def test_a_pattern_finds_its_own_examples_and_passes_by_what_only_looks_like_them(
    one: Pattern,
) -> None:
    found = [said for said in (*one.like, *one.unlike) if re.search(one.pattern, fold(said, WORDS))]
    assert found == list(one.like)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("明天还", ("promise",)),
        ("明 天 還", ("promise",)),
        ("失业了，下个月还", ("hardship", "promise")),
        ("金额不对，而且我失业了", ("dispute", "hardship")),
        ("I'll pay on Friday", ("promise",)),
        ("I’ll pay on Friday", ("promise",)),
        ("明天还不了", ("hardship",)),
        ("I will not pay", ("other",)),
        ("不还", ("other",)),
        ("退订！再逼我就跳楼", ("danger",)),
        ("他去世了，我已经找了律师", ("death", "legal")),
        ("这个车质量有问题，我不认", ("dispute",)),
        ("账户里的名字写成别人了", ("other",)),  # no word of the list: still to be read
        ("请问怎么还款", ("other",)),
    ],
)
def test_the_most_urgent_is_told_first_and_what_is_not_known_is_to_be_read(
    said: str, means: tuple[str, ...]
) -> None:
    assert meanings_of(said, on=TODAY) == means


@pytest.mark.parametrize(
    "said", ["好的", "收到，谢谢！", "OK thanks", "嗯嗯", "👍", "退订", "STOP", "TD"]
)
def test_polite_words_alone_and_stop_words_wait_for_nobody(said: str) -> None:
    assert meanings_of(said, on=TODAY) == ()


@pytest.mark.parametrize("what", SAID)
def test_what_people_write_is_read_as_a_careful_person_would(what: str) -> None:
    assert [said for said in SAID[what] if not _is_read_as(said, what)] == []


def _is_read_as(said: str, what: str) -> bool:
    """Whether a reply is read as ``what``, or with ``not `` before it, is not."""
    if (meaning := what.removeprefix("not ")) != what:
        return not _is_read_as(said, meaning)
    if what == "stop":
        return asks_to_stop(said, on=TODAY)
    means = meanings_of(said, on=TODAY)
    return means == () if what == "none" else what in means


@pytest.mark.parametrize(
    "said",
    ["退订，这个车质量我不认", "STOP. I have paid", "TD 你们算错了", "stop texting, who are you"],
)
def test_a_stop_word_does_not_leave_unread_what_stands_beside_it(said: str) -> None:
    assert (asks_to_stop(said, on=TODAY), meanings_of(said, on=TODAY) != ()) == (True, True)


@pytest.mark.parametrize(
    "said",
    ["退订谢谢", "请不要再发短信给我", "Please stop texting me, thanks", "不想收到你们的信息"],
)
def test_who_only_asks_to_be_left_alone_waits_for_nobody(said: str) -> None:
    assert (asks_to_stop(said, on=TODAY), meanings_of(said, on=TODAY)) == (True, ())


@pytest.mark.parametrize(
    ("said", "none_by"),
    [
        ("不要发邮件，发短信", ["email"]),
        ("不要发短信，发邮件", ["sms"]),
        ("no more emails please", ["email"]),
        ("no more texts please", ["sms"]),
        ("unsubscribe", ["sms", "email"]),
    ],
)
def test_who_wants_none_by_one_channel_may_still_want_the_other(
    said: str, none_by: list[str]
) -> None:
    channels: tuple[Channel, ...] = ("sms", "email")
    assert [one for one in channels if asks_to_stop(said, on=TODAY, channel=one)] == none_by


def test_a_long_letter_is_read_soon_and_waits_for_a_person_to_read_all_of_it() -> None:
    begun = time.process_time()
    for part in ("嗯", "in", "不要我", "谢谢你", "do not want ", "没有", "明天"):
        assert meanings_of(part * 5000 + "x", on=TODAY) != ()
    assert time.process_time() - begun < 5
