"""A letter on paper: read back by other people's readers of PDF and of QR codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from carrears.outreach.letters.paper import (
    Box,
    Letter,
    PaperError,
    WindowName,
    fit_address,
    make_pdf,
    windows,
)
from carrears.outreach.printing import count_pages

_POINTS = 72 / 25.4
LETTER = Letter(
    number="000007-00001",
    to=("王小明", "上海市浦东新区世纪大道 100 号环球金融中心 10 楼 1001 室", "200120"),
    subject="示例汽车金融有限公司：合同 CN-000123 逾期提醒",
    text="王小明，您好：\n\n截至2026年3月10日，有 ¥6,123.45 已到期未还。\n请尽快归还。\n\n此致",
    locale="zh-CN",
    lender="示例汽车金融有限公司",
    phone="400-000-0000",
    at=datetime(2026, 3, 10, 2, tzinfo=UTC),
    window="gb_zl",
    portal="https://pay.lender.example/in?a=1",
)


@contextmanager
def opened(letter: Letter) -> Iterator[Any]:
    document = pypdfium2.PdfDocument(make_pdf(letter))
    try:
        yield document
    finally:
        document.close()


def text_of(letter: Letter) -> str:
    with opened(letter) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def within(page: Any, box: Box) -> str:
    """The text that lies in a part of the sheet, as the reader of PDF finds it."""
    top = page.get_height()
    text: str = page.get_textpage().get_text_bounded(
        left=box.x * _POINTS,
        right=(box.x + box.width) * _POINTS,
        bottom=top - (box.y + box.height) * _POINTS,
        top=top - box.y * _POINTS,
    )
    return "".join(text.split())


def test_its_words_are_found_in_chinese_and_in_english() -> None:
    text = "".join(text_of(LETTER).split())
    for words in (LETTER.subject, "有¥6,123.45已到期未还", "2026年3月10日", "第1页，共1页"):
        assert "".join(words.split()) in text
    english = replace(LETTER, locale="en-US", subject="Loan CN-000123", text="Dear Wang,\n\npay.")
    for words in ("Loan CN-000123", "Dear Wang,", "March 10, 2026", "Page 1 of 1"):
        assert words in text_of(english)


@pytest.mark.parametrize("window", sorted(windows()))
@pytest.mark.parametrize(
    "to",
    [
        LETTER.to,
        (
            "王小明",
            "内蒙古自治区锡林郭勒盟西乌珠穆沁旗巴拉嘎尔高勒镇罕乌拉街南侧家属楼",
        ),
        ("Ms Alexandra Wellington-Smythe", "Flat 12", "221B Baker Street", "London NW1 6XE"),
    ],
)
def test_the_address_shows_through_the_window_and_nothing_else_of_the_person(
    window: WindowName, to: tuple[str, ...]
) -> None:
    box = windows()[window]
    with opened(replace(LETTER, window=window, to=to)) as document:
        shown, seen = within(document[0], box.address), within(document[0], box.seen)
    assert shown == "".join("".join(to).split())
    assert seen == shown


def test_an_address_that_does_not_fit_is_refused() -> None:
    with pytest.raises(PaperError, match="too long"):
        make_pdf(replace(LETTER, to=("王",) * 40))
    with pytest.raises(PaperError, match="no address"):
        make_pdf(replace(LETTER, to=("", " ")))


def test_a_long_line_is_broken_before_the_type_gets_smaller() -> None:
    size, lines = fit_address(("世纪大道" * 10,), windows()["din_b"].address)
    assert (size, len(lines)) == (10.0, 2)


def test_the_code_leads_to_the_portal() -> None:
    with opened(LETTER) as document:
        sheet = document[0].render(scale=3).to_numpy()
    [found] = zxingcpp.read_barcodes(sheet)
    assert (found.text, found.format) == (LETTER.portal, zxingcpp.BarcodeFormat.QRCode)
    with opened(replace(LETTER, portal="")) as document:
        assert zxingcpp.read_barcodes(document[0].render(scale=3).to_numpy()) == []


def test_pages_are_counted() -> None:
    long = replace(LETTER, text="\n\n".join(f"第 {number} 段。" for number in range(120)))
    with opened(long) as document:
        pages = len(document)
        last = document[pages - 1].get_textpage().get_text_bounded()
    assert pages > 2
    assert f"第{pages}页，共{pages}页" in "".join(last.split())
    assert count_pages(make_pdf(long)) == pages


def test_the_same_letter_is_the_same_bytes() -> None:
    assert make_pdf(LETTER) == make_pdf(LETTER)


def test_words_cannot_reach_into_the_typesetting() -> None:
    hostile = '#panic("x") $x$ [*] \\ {name} <tag> @ref `raw` "quoted"'
    text = text_of(replace(LETTER, text=hostile, subject=hostile, to=(hostile, "1 Road")))
    assert text.count('#panic("x")') == 3


def test_a_specimen_says_so() -> None:
    assert "样张" in text_of(replace(LETTER, specimen=True))
    assert "样张" not in text_of(LETTER)
