"""Every page renders from its view model alone, in both languages, under the strict policy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template import engines
from django.test import Client, RequestFactory, override_settings
from django.utils import translation
from pytest_django import Settings
from workbench import samples, samples_strategy
from workbench.documents import Document
from workbench.samples_case import case_page, forms_of

from carrears.workbench.labels import LABELS
from carrears.workbench.navigation import PLACES

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "src/carrears/workbench/templates/workbench"
INVALID = "INVALID-VARIABLE"
LANGUAGES = ("zh-hans", "en")
# What a page says may be Chinese under English, never the other way round, but for these.
NAMES_IN_ENGLISH = {"Carrears", "Parquet", "English", "VIN", "Message-ID", "Enter", "Esc"}


@pytest.fixture(autouse=True)
def sample_urls(settings: Settings) -> Iterator[None]:
    settings.ROOT_URLCONF = "workbench.preview_urls"
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns of none
    options = settings.TEMPLATES[0]["OPTIONS"] | {"string_if_invalid": INVALID}
    with override_settings(TEMPLATES=[settings.TEMPLATES[0] | {"OPTIONS": options}]):
        yield


@pytest.fixture
def visit() -> Any:
    def get(path: str, language: str = "zh-hans", **headers: str) -> Document:
        client = Client()
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        answer = client.get(path, headers=headers)
        page = answer.content.decode()
        assert INVALID not in page
        document = Document()
        document.feed(page)
        return document

    return get


PATHS = (
    "/",
    "/analytics/",
    "/analytics/?waiting",
    "/analytics/definitions/",
    "/queue/",
    "/search/?q=x",
    "/case/CL2018000000/",
    "/case/CL2018000000/contact/",
    "/case/CL2018000000/contact/?outcome=block",
    "/case/CL2018000000/contact/?outcome=review",
    "/warning/",
    "/warning/CL2019000001/",
    "/mail/",
    "/mail/1/",
    "/imports/",
    "/imports/7/",
    "/evidence/",
    "/strategy/",
    "/strategy/version/1/",
    "/strategy/draft/1/",
    "/simulations/",
    "/simulations/3/",
    "/experiments/",
    "/experiments/?none",
    "/experiments/new/",
    "/experiments/planned/",
    "/experiments/running/",
    "/experiments/stopped/",
    "/experiments/proposed/",
    "/calls/",
    "/overrides/",
    "/overrides/1/",
    "/case/CL2018000000/ledger/",
    "/case/0/ledger/",
    "/sign-in/",
    "/account/",
    "/account/tokens/",
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_page_keeps_the_policy_and_names_each_element_once(
    visit: Any, path: str, language: str
) -> None:
    document = visit(path, language)

    assert document.forbidden == []
    assert len(document.ids) == len(set(document.ids))
    assert len(document.words) > 5


@pytest.mark.parametrize("path", [*PATHS, "/error/403/", "/error/404/", "/error/500/"])
def test_page_in_english_has_no_chinese(visit: Any, path: str) -> None:
    han = [w for w in visit(path, "en").words if re.search(r"[\u4e00-\u9fff]", w)]

    told = {"中文", "王建国", "“王建国”: 2 found", "苏A·**7K3"}
    assert set(han) <= told | samples_strategy.own_words()


@pytest.mark.parametrize("path", [*PATHS, "/error/403/", "/error/404/", "/error/500/"])
def test_page_in_chinese_has_no_english_sentence(visit: Any, path: str) -> None:
    words = visit(path, "zh-hans").words
    sentences = [w for w in words if re.fullmatch(r"[A-Z][a-z]+( [a-z]+)*[.:]?", w)]

    assert set(sentences) <= NAMES_IN_ENGLISH


def test_policy_header_is_sent() -> None:
    policy = Client().get("/queue/").headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_every_icon_is_in_the_sprite() -> None:
    sprite = set(json.loads((ROOT / "web/src/icons.json").read_text()))
    sources = "".join(path.read_text() for path in TEMPLATES.glob("*.html"))
    named = set(re.findall(r'{% icon "([a-z0-9-]+)"', sources))
    by_code = {label.icon for group in LABELS.values() for label in group.values()}
    places = {place.icon for place in PLACES}

    assert named
    assert named | by_code - {""} | places <= sprite


def test_every_template_says_its_context() -> None:
    silent = [
        path.name
        for path in TEMPLATES.glob("*.html")
        if path.name[0] != "_" and "{% comment %}" not in path.read_text()
    ]

    assert silent == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "changes",
    [
        {"state": "closed", "closed_on": samples.TODAY, "close_reason": "cured", "promise": None},
        {"car": None, "score": None, "treatment": None, "others": (), "siblings": None},
    ],
    ids=["closed", "bare"],
)
def test_case_page_without_the_optional_parts(language: str, changes: dict[str, Any]) -> None:
    page = case_page(zh=language != "en", **changes)

    with translation.override(language):
        text = render("case", {"page": page, **forms_of()})

    assert INVALID not in text
    assert ("score-title" in text) == (page.score is not None)


def test_form_errors_are_read_with_their_field() -> None:
    form = forms_of({"amount": "0", "due_on": "", "text": ""})["promise_form"]

    text = render("_promise_form", {"promise_form": form, "loan_no": "1"})

    assert text.count('aria-invalid="true"') == 2
    assert 'aria-describedby="id_amount-note"' in text
    assert 'id="id_amount-note"' in text


def test_toasts_of_an_answer_to_htmx_are_added_not_replaced() -> None:
    notes = [Message(constants.SUCCESS, "done")]

    text = render("_toasts", {"messages": notes, "oob": True})

    assert 'hx-swap-oob="beforeend"' in text
    assert "<template" not in text


@pytest.mark.parametrize("rows", [0, 1])
def test_lists_without_rows_say_so(rows: int) -> None:
    lists = {
        "queue": samples.queue_page(zh=True, rows=rows),
        "mail": samples.mail_page(zh=True, rows=rows),
        "imports": samples.imports_page(rows=rows),
    }

    for name, page in lists.items():
        assert ('class="empty"' in render(name, {"page": page})) == (rows == 0), name


def render(name: str, context: dict[str, Any]) -> str:
    request = RequestFactory().get("/")
    text: str = engines["django"].get_template(f"workbench/{name}.html").render(context, request)
    return text


def test_entries_of_the_ledger_say_what_they_did_beside_money(visit: Any) -> None:
    words = " ".join(visit("/case/CL2018000000/ledger/", "en").words)

    assert words.count("It moved no money.") == 3  # a rate, a due date, a pause: no refund
    assert re.search(r"Given back of what was overpaid: \S*12\.00\.", words)
    assert re.search(r"Instalment 9: due .*2019 → .*2019", words)
    assert re.search(r"Paused from the end of .*2019 to the end of .*2019\.", words)
