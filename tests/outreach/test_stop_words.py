"""By which words a reply asks for no more texts, and which only look like it."""

from __future__ import annotations

from datetime import date

import pytest

from carrears.outreach.reply_words import asks_to_stop

TODAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    "said",
    [
        "退訂",
        "請退訂",
        "取消訂閱",
        "停止發送",
        "請勿再發",
        "不要再發短信給我",
        "別再發了",
        "請不要再聯絡我",
        "退 订",
        "退-订",
        "退.订",
        "不用再发了",
        "不想再收到你们的短信",
        "TD谢谢",
        "TD。谢谢",
        "T D",
        "T.D.",
        "S T O P",
        "stop please",
        "Please stop",
        "STOP 👍",
        "stop all",
        "revoke",
        "un-subscribe",
        "do not send me messages",
        "please don’t text me",
        "Please remove me from your list",
        "退定",
        "推订",
        "tui ding",
        "TD",
        "td.",
        "Ｔ",
        "ｓｔｏｐ",
        "别给我发短信了",
        "opt out",
        "stop texting me",
    ],
)
def test_who_wants_no_more_texts_is_heard_however_he_spells_it(said: str) -> None:
    assert asks_to_stop(said, on=TODAY)


@pytest.mark.parametrize(
    "said",
    [
        "请不要联系我父母",
        "do not contact my boss but call me",
        "don't message my wife, message me",
        "我下周五还款",
        "不要着急，我会还的",
        "stop by tomorrow",
        "end of month I pay",
        "请勿联系我公司",
        "别发给我老婆",
        "I will not stop paying",
        "不用担心",
        "停车费怎么算",
        "好的谢谢",
        "不要，发短信给我",
        "no",
        "你发错人了吧",
        "谢谢您",
        "next",
        "I cancel my card, will pay by transfer",
    ],
)
def test_who_asks_for_others_or_speaks_of_other_things_does_not_stop_them(said: str) -> None:
    assert not asks_to_stop(said, on=TODAY)
