"""The page that verifies in the browser, offline: it says what the Python verifier says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import chromium
import pytest
import take_over
from bundles import test_files
from bundles import test_verifier as forging
from bundles.conftest import Made
from bundles.test_verifier import Members, packed, unpack
from playwright.sync_api import Page, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db,
    chromium.needs_it,
]
PAGE = take_over.HERE / "verify.html"
RESULTS = {0: "proven", 1: "open", 2: "false", 3: "unreadable"}


@pytest.fixture
def page() -> Iterator[Page]:
    """The page as a file, in a browser without a network that must not complain."""
    with chromium.started() as browser:
        context = browser.new_context(locale="en-US", offline=True)
        found = context.new_page()
        complaints: list[str] = []
        asked: list[str] = []
        found.on("console", lambda message: complaints.append(message.text))
        found.on("pageerror", lambda error: complaints.append(str(error)))
        found.on("request", lambda request: asked.append(request.url))
        found.goto(PAGE.as_uri())
        yield found
        assert complaints == []
        assert asked == [PAGE.as_uri()]


def judge(page: Page, path: Path, policy: str = "") -> str | None:
    """What the page says of a file."""
    page.locator("#policy").fill(policy)
    page.locator("#bundle").set_input_files([])
    page.locator("#bundle").set_input_files(path)
    page.wait_for_selector("body[data-result]", timeout=60_000)
    return page.locator("body").get_attribute("data-result")


def test_it_says_what_the_verifier_says(
    page: Page, made: Made, tmp_path: Path, capsys: Any
) -> None:
    trusted = made.policy.read_text(encoding="utf-8")
    assert judge(page, made.path, trusted) == "proven"
    findings = page.locator("#findings").inner_text()
    assert "the quorum outside is met" in findings
    assert "12 entries lie in the log, unaltered" in findings
    assert "12 texts are those which entries commit to" in findings
    assert judge(page, made.path) == "open"
    assert judge(page, made.path, "quorum all") == "false"  # no policy

    forgeries: list[Callable[[Members], Any]] = [
        forging.alter_entry(b'"actor":"lin"', b'"actor":"wei"'),
        forging.alter_json("proofs.json", forging.set_first("index", 1)),
        forging.drop_proof_hash,
        forging.repeat_entry,
        forging.alter_json("texts.json", forging.set_first("text", "另一句话")),
        forging.alter_json("texts.json", forging.set_first("salt", "")),
        forging.alter_json("bundle.json", lambda m: m.__setitem__("subjects", ["B"])),
        forging.sign_with_own_key,
        lambda m: m.__setitem__("checkpoint.txt", m["checkpoint.txt"][:-9] + b"\n"),
        lambda m: m.__delitem__("proofs.json"),
    ]
    for alter in forgeries:
        members = unpack(made.path)
        alter(members)
        forged = tmp_path / "forged.zip"
        forged.write_bytes(packed(members))
        code, _ = made.verify(capsys, forged)
        assert judge(page, forged, trusted) == RESULTS[code], (alter, code)
    forged.write_bytes(b"PK")
    assert judge(page, forged, trusted) == "unreadable"


def test_it_says_the_same_of_files(page: Page, filed: Made, tmp_path: Path, capsys: Any) -> None:
    trusted = filed.policy.read_text(encoding="utf-8")
    assert judge(page, filed.path, trusted) == "proven"
    shown = page.locator("#findings").inner_text()
    _, told = filed.verify(capsys)
    about = [
        one["text"] for one in told["findings"] if "file" in one["text"] or "chunk" in one["text"]
    ]
    assert len(about) == 3
    for text in about:
        assert text in shown

    forged = tmp_path / "forged.zip"
    for alter in test_files.FORGERIES:
        members = unpack(filed.path)
        alter(members)
        forged.write_bytes(packed(members))
        assert judge(page, forged, trusted) == "false", alter
        _, told = filed.verify(capsys, forged)
        shown = page.locator("#findings").inner_text()
        for one in told["findings"]:
            if one["kind"] == "false":
                assert one["text"] in shown, alter


def test_it_shows_the_entries_and_speaks_both_languages(page: Page, made: Made) -> None:
    judge(page, made.path)

    expect(page.locator("#entries tr")).to_have_count(12)
    expect(page.locator("#entries tr").first).to_contain_text("客户称月底前还款，已核对地址。")
    expect(page.locator("#never li")).to_have_count(4)
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text("核验证据包")
    expect(page.locator("#result")).to_have_text("没有虚假内容，但您所信任的一方没有全部背书。")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
