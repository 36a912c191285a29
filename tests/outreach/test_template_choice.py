"""Which variant of a template is said: by tone, offer, stage, language and channel of the case."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from factories import DAY, make_action, make_case, make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.outreach.models import Attempt, TemplateVersion
from carrears.outreach.services import contact, contact_planned
from carrears.outreach.template_book import today
from carrears.outreach.template_choice import Choice, Manner, choose_template
from carrears.outreach.template_picks import picks_of
from carrears.outreach.template_versions import (
    FaultyTemplateError,
    approve_template,
    open_template,
    propose_template,
    words_of,
)
from carrears.outreach.templates import Template, TemplateError, load_template

WORDS = {"zh-CN": ("", "好"), "en-US": ("", "good")}


def template(key: str, **more: Any) -> Template:
    told: dict[str, Any] = {
        "channel": "email", "purpose": "collect", "about": key, "version": key, "locales": WORDS,
        "variant_of": "" if key == "base" else "base",
    }  # fmt: skip
    return Template(key=key, **told | more)


def chosen(*variants: Template, base: Template | None = None, **wanted: str) -> Choice:
    family = [base or template("base"), *variants]
    told = {"named": "base", "stage": "early", "language": "zh-CN"} | wanted
    return choose_template(Manner(**told), {one.key: one for one in family})


FIRM = template("firm", tone="firm")
PLAN = template("plan", offer="plan")
FIRM_PLAN = template("firm_plan", tone="firm", offer="plan")
PLAIN = template("plain")


@pytest.mark.parametrize(
    ("variants", "tone", "offer", "key", "by"),
    [
        ((FIRM, PLAN, FIRM_PLAN, PLAIN), "firm", "plan", "firm_plan", "both"),
        ((FIRM, PLAN, PLAIN), "firm", "plan", "plan", "offer"),
        ((FIRM, PLAIN), "firm", "plan", "firm", "tone"),
        ((PLAIN,), "firm", "plan", "base", "plain"),
        ((FIRM, PLAN, FIRM_PLAN), "firm", "", "firm", "tone"),
        ((FIRM, PLAN, FIRM_PLAN), "friendly", "plan", "plan", "offer"),
        ((FIRM, PLAN, FIRM_PLAN), "friendly", "", "base", "plain"),
        ((FIRM, PLAN, FIRM_PLAN), "", "plan", "plan", "offer"),
        ((FIRM, PLAN, FIRM_PLAN), "", "", "base", "only"),
        ((FIRM, PLAN), "none", "", "base", "only"),
        ((), "firm", "plan", "base", "only"),
    ],
)
def test_the_order_in_which_variants_are_fallen_back_on(
    variants: tuple[Template, ...], tone: str, offer: str, key: str, by: str
) -> None:
    found = chosen(*variants, tone=tone, offer=offer)
    assert (found.template.key, found.by) == (key, by)


def test_who_is_named_is_said_as_it_is_where_nothing_fits() -> None:
    base = template("base", tone="neutral")
    found = chosen(FIRM, base=base, tone="supportive")
    assert (found.template.key, found.by) == ("base", "named")
    assert [(one.key, one.out) for one in found.others] == [("firm", "tone")]


@pytest.mark.parametrize(
    ("variant", "out"),
    [
        (template("other", tone="firm", channel="sms"), "channel"),
        (template("other", tone="firm", purpose="service_notice"), "channel"),
        (template("other", tone="firm", stages=("late",)), "stage"),
        (template("other", tone="firm", locales={"en-US": ("", "x")}), "language"),
        (template("other", tone="firm", offer="waiver"), "offer"),
        (template("other", tone="friendly"), "tone"),
        (template("other", tone="firm", stages=("early",)), None),
        (template("other", tone="firm", locales={"zh-TW": ("", "x")}), None),
    ],
)
def test_what_keeps_a_variant_from_being_said(variant: Template, out: str | None) -> None:
    found = chosen(variant, tone="firm")
    assert found.template.key == ("other" if out is None else "base")
    assert [one.out for one in found.others] == [out or "later"]


def test_of_two_that_are_alike_the_one_for_the_stage_goes_first() -> None:
    mine = template("z_early", tone="firm", stages=("early",))
    assert chosen(FIRM, mine, tone="firm").template.key == "z_early"
    assert chosen(FIRM, template("a_firm", tone="firm"), tone="firm").template.key == "a_firm"


def test_one_that_is_not_in_force_is_said_to_be_missing() -> None:
    with pytest.raises(TemplateError, match="withdrawn"):
        choose_template(Manner(named="base"), {"base": TemplateError("base is withdrawn")})
    with pytest.raises(TemplateError, match="no template 'gone'"):
        choose_template(Manner(named="gone"), {})


with_database = pytest.mark.django_db


@pytest.fixture
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME = tmp_path
    settings.MAIL_DIR = tmp_path / "mail"
    return tmp_path


def decided(**more: Any) -> dict[str, Any]:
    return {
        "channel": "email", "template": "reminder", "tone": "supportive", "offer": "plan",
        "rule_id": "mid-31-ab",
    } | more  # fmt: skip


def approved_variant(tone: str, *, key: str = "house_kind", offer: str = "") -> TemplateVersion:
    author = make_user(username="author", role="team_lead")
    officer = make_user(username="officer", role="compliance_officer")
    words = words_of(load_template("reminder")).model_copy(
        update={"key": key, "variant_of": "reminder", "tone": tone, "offer": offer}
    )
    draft = open_template(key, words=words, by=author, at=now())
    propose_template(
        draft.pk, effective_on=today(), reason="x", by=author, at=now(), not_before=today()
    )
    return approve_template(draft.pk, reason="x", by=officer, at=now(), not_before=today())


@with_database
@pytest.mark.usefixtures("home")
def test_what_was_decided_chooses_the_words_and_is_kept_with_the_attempt() -> None:
    case = make_case(loan_no="T-0", decision=decided(), stage="mid")
    make_action(case=case)

    contact_planned(as_of=DAY)

    sent = Attempt.objects.get()
    assert (sent.template, sent.state) == ("reminder_plan", "sent")
    assert sent.template_version == load_template("reminder_plan").version
    assert sent.choice == {
        "named": "reminder", "tone": "supportive", "offer": "plan", "stage": "mid",
        "language": "zh-CN", "rule": "mid-31-ab", "strategy": "", "by": "both",
        "key": "reminder_plan", "number": 1,
        "others": [
            {"key": "reminder", "number": 1, "out": "later"},
            {"key": "reminder_firm", "number": 1, "out": "tone"},
            {"key": "reminder_soft", "number": 1, "out": "tone"},
        ],
    }  # fmt: skip
    told = Entry.objects.get(kind="message.sent", subject="T-0").payload.replace(" ", "")
    assert '"by":"both"' in told


@with_database
@pytest.mark.usefixtures("home")
def test_an_approved_variant_is_said_from_its_approval_on() -> None:
    case = make_case(loan_no="T-0", decision=decided(tone="neutral", offer=""))
    before = picks_of(case)
    approved_variant("neutral")
    after = picks_of(case)

    assert [one.choice and (one.choice.template.key, one.choice.by) for one in before] == [
        ("reminder", "plain")
    ]
    assert [one.choice and (one.choice.template.key, one.choice.by) for one in after] == [
        ("house_kind", "tone")
    ]


@with_database
@pytest.mark.usefixtures("home")
def test_what_a_person_sends_is_the_template_that_he_took() -> None:
    case = make_case(loan_no="T-0", decision=decided())
    assert case.party is not None
    user = make_user(username="lead", role="team_lead")

    sent = contact(case, party=case.party, template="reminder", by=user, key="one")

    assert (sent.template, sent.choice) == ("reminder", None)


@with_database
@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "column", ["arm_id = 1", "choice = '{}'", "template = 'x'", "template_version = 'x'",
               "locale = 'xx'"]
)  # fmt: skip
def test_the_database_keeps_what_was_said_and_why(column: str) -> None:
    make_action(case=make_case(loan_no="T-0", decision=decided()))
    contact_planned(as_of=DAY)

    with (
        pytest.raises(DatabaseError, match="is what was judged"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("update outreach_attempt set " + column)  # noqa: S608  one of the above


@with_database
@pytest.mark.usefixtures("home")
def test_the_database_keeps_whose_variant_was_proposed() -> None:
    version = approved_variant("neutral")
    for column in ("tone = 'firm'", "offer = 'plan'", "variant_of = 'other'"):
        with (
            pytest.raises(DatabaseError, match="kept as they were proposed"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "update outreach_templateversion set " + column + " where id = %s",  # noqa: S608  see there
                [version.pk],
            )


@with_database
@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"variant_of": "nobody"}, "there is no template nobody"),
        ({"variant_of": "house_kind"}, "there is no template house_kind"),
        ({"variant_of": "reminder_soft"}, "there is no template reminder_soft"),
        ({"variant_of": "sms_reminder"}, "sms_reminder goes by another channel"),
        ({"offer": "a_car"}, "there is no offer a_car"),
    ],
)
def test_a_variant_of_nothing_and_an_unknown_offer_are_refused(
    change: dict[str, str], says: str
) -> None:
    author: User = make_user(username="author", role="team_lead")
    words = words_of(load_template("reminder")).model_copy(update={"key": "house_kind"} | change)
    with pytest.raises(FaultyTemplateError, match=says):
        open_template("house_kind", words=words, by=author, at=now())


@with_database
@pytest.mark.usefixtures("home")
def test_the_pick_for_a_case_is_told_by_the_api() -> None:
    case = make_case(
        loan_no="A-03",
        stage="mid",
        decision=decided(else_channel="sms", else_template="sms_reminder"),
    )
    make_action(case=case, template="formal_notice", planned_for=now() + timedelta(days=1))
    token = issue_token(make_user(username="author", role="team_lead"), name="test")
    client = Client(headers={"Authorization": f"Bearer {token}"})

    told = client.get("/api/templates/for-case?loan_no=A-03").json()

    picked = [(one["source"], one["named"], one["choice"]) for one in told]
    assert [(source, named, one["key"], one["by"]) for source, named, one in picked] == [
        ("planned", "formal_notice", "formal_notice", "only"),
        ("decided", "reminder", "reminder_plan", "both"),
        ("otherwise", "sms_reminder", "sms_reminder", "only"),
    ]  # fmt: skip
    assert told[1]["choice"]["rule"] == "mid-31-ab"
    assert client.get("/api/templates/for-case?loan_no=none").status_code == 404
    nobody = issue_token(make_user(username="nobody"), name="test")
    other = Client(headers={"Authorization": f"Bearer {nobody}"})
    assert other.get("/api/templates/for-case?loan_no=A-03").status_code == 403
