"""Templates as versions: drafted by one, approved by another, sent from their day on."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from factories import DAY, make_action, make_case, make_user

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.outreach.messages import OutreachError, find_template, find_template_keys
from carrears.outreach.models import Attempt, TemplateEvent, TemplateVersion
from carrears.outreach.services import contact_planned
from carrears.outreach.template_book import template_in_force, templates_in_force, today
from carrears.outreach.template_versions import (
    FaultyTemplateError,
    StaleTemplateError,
    TemplateRefusal,
    approve_template,
    discard_template,
    keep_file,
    open_template,
    propose_template,
    return_template,
    row_words,
    save_template,
    withdraw_template,
)
from carrears.outreach.templates import TemplateError, TemplateFile, load_template

pytestmark = pytest.mark.django_db
KIND = "请在方便时"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME = tmp_path
    settings.MAIL_DIR = tmp_path / "mail"
    return tmp_path


@pytest.fixture
def author() -> User:
    return make_user(username="author", role="team_lead")


@pytest.fixture
def officer() -> User:
    return make_user(username="officer", role="compliance_officer")


def changed(words: TemplateFile, old: str, new: str, *, part: str = "body") -> TemplateFile:
    raw: dict[str, Any] = words.model_dump()
    text = raw["locales"]["zh-CN"]
    assert old in text[part]
    text[part] = text[part].replace(old, new)
    return TemplateFile.model_validate(raw)


def drafted(by: User, new: str = "请在您方便时", key: str = "reminder") -> TemplateVersion:
    draft = open_template(key, by=by, at=now())
    return save_template(
        draft.pk, revision=1, words=changed(row_words(draft), KIND, new), by=by, at=now()
    )


def proposed(by: User, new: str = "请在您方便时", on: date | None = None) -> TemplateVersion:
    return propose_template(
        drafted(by, new).pk, effective_on=on or today(), reason="更客气", by=by, at=now(),
        not_before=today(),
    )  # fmt: skip


def approved(by: User, officer: User, new: str = "请在您方便时", on: date | None = None) -> Any:
    one = proposed(by, new, on)
    return approve_template(one.pk, reason="", by=officer, at=now(), not_before=today())


def test_what_is_approved_is_sent_from_its_day_on(author: User, officer: User) -> None:
    later = today() + timedelta(days=3)
    version = approved(author, officer, on=later)

    assert (version.number, version.base, version.state) == (2, None, "approved")
    before, after = template_in_force("reminder"), template_in_force("reminder", on=later)
    assert (before.number, before.version) == (1, load_template("reminder").version)
    assert (after.number, after.version) == (2, version.version)
    assert "请在您方便时" in after.locales["zh-CN"][1]
    assert list(after.locales) == list(before.locales)


def test_each_step_is_told_and_leaves_evidence(author: User, officer: User) -> None:
    version = proposed(author)
    return_template(version.pk, reason="语气", by=officer, at=now())
    propose_template(
        version.pk, effective_on=today(), reason="改好了", by=author, at=now(), not_before=today()
    )
    approve_template(version.pk, reason="好", by=officer, at=now(), not_before=today())
    withdraw_template(version.pk, reason="停用", by=officer, at=now())

    told = list(version.events.order_by("pk").values_list("kind", "by__username", "reason"))
    assert told == [
        ("opened", "author", ""), ("edited", "author", ""), ("proposed", "author", "更客气"),
        ("returned", "officer", "语气"), ("proposed", "author", "改好了"),
        ("approved", "officer", "好"), ("withdrawn", "officer", "停用"),
    ]  # fmt: skip
    kinds = Entry.objects.filter(subject="template:reminder").order_by("pk")
    assert [one.kind for one in kinds] == [
        "template.opened", "template.edited", "template.proposed", "template.returned",
        "template.proposed", "template.file", "template.approved", "template.withdrawn",
    ]  # fmt: skip


def test_nobody_approves_what_he_worked_on(author: User, officer: User) -> None:
    draft = drafted(officer)
    save_template(draft.pk, revision=2, words=row_words(draft), by=author, at=now())
    propose_template(
        draft.pk, effective_on=today(), reason="x", by=author, at=now(), not_before=today()
    )
    for who in (author, officer):
        with pytest.raises(TemplateRefusal, match="second person"):
            approve_template(draft.pk, reason="x", by=who, at=now(), not_before=today())


def test_the_database_wants_two_people_too(author: User) -> None:
    version = proposed(author)
    with pytest.raises(IntegrityError, match="template_by_two_people"), transaction.atomic():
        TemplateVersion.objects.filter(pk=version.pk).update(state="approved", approved_by=author)


def test_the_database_keeps_words_decisions_and_history(author: User, officer: User) -> None:
    version = approved(author, officer)
    rows = TemplateVersion.objects.filter(pk=version.pk)
    for change in (
        {"locales": []}, {"state": "draft"}, {"effective_on": date(2020, 1, 1)},
        {"approved_by": author}, {"version": "0" * 64},
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match=r"refused|kept"), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError, match="kept"), transaction.atomic():
        TemplateEvent.objects.update(reason="")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("delete from outreach_templateevent")
    with pytest.raises(DatabaseError, match="begins as a draft"), transaction.atomic():
        TemplateVersion.objects.create(
            key="other", number=2, state="approved", variables={}, locales=[], version="1",
            effective_on=today(), author=author, proposed_by=author, approved_by=officer,
        )  # fmt: skip


def test_withdrawn_the_one_before_is_sent_and_then_none(author: User, officer: User) -> None:
    second = approved(author, officer)
    withdraw_template(second.pk, reason="x", by=officer, at=now())
    assert find_template("reminder").number == 1
    first = TemplateVersion.objects.get(key="reminder", number=1)
    assert first.from_file
    withdraw_template(first.pk, reason="x", by=officer, at=now())
    with pytest.raises(OutreachError, match="withdrawn"):
        find_template("reminder")


def test_a_file_can_be_withdrawn_before_there_is_a_version(officer: User) -> None:
    file = keep_file("payment_thanks", by=officer, at=now())
    withdraw_template(file.pk, reason="x", by=officer, at=now())
    with pytest.raises(OutreachError, match="withdrawn"):
        find_template("payment_thanks")
    with pytest.raises(TemplateRefusal):
        keep_file("payment_thanks", by=officer, at=now())
    with pytest.raises(TemplateRefusal):
        keep_file("nothing", by=officer, at=now())


def test_a_new_template_needs_no_file(author: User, officer: User) -> None:
    words = TemplateFile.model_validate(
        {**row_words(drafted(author)).model_dump(), "key": "house_kind", "stages": ["early"]}
    )
    draft = open_template("house_kind", words=words, by=author, at=now())
    assert draft.number == 1
    propose_template(
        draft.pk, effective_on=today() + timedelta(days=2), reason="x", by=author, at=now(),
        not_before=today(),
    )  # fmt: skip
    approve_template(draft.pk, reason="", by=officer, at=now(), not_before=today())
    with pytest.raises(OutreachError, match="in force from"):
        find_template("house_kind")
    assert "house_kind" in find_template_keys()
    assert template_in_force("house_kind", on=today() + timedelta(days=2)).stages == ("early",)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (KIND, "{nickname}，请", "zh-CN, body, line 5: unknown variable nickname"),
        (KIND, "{next_due_on}，请", "zh-CN, body, line 5: next_due_on is used and not declared"),
        (KIND, "{name!r}，请", "zh-CN, body, line 5: {name} is not a plain variable"),
        (KIND, "否则等着坐牢。请", "zh-CN, body, line 5: “坐牢”"),
        ("{phone}", "我们", "zh-CN, body: a message must show phone"),
    ],
)
def test_what_cannot_be_sent_is_not_saved_and_said_by_place(
    author: User, old: str, new: str, told: str
) -> None:
    draft = open_template("reminder", by=author, at=now())
    words = row_words(draft)
    line = words.locales["zh-CN"].body[: words.locales["zh-CN"].body.find(old)].count("\n") + 1
    with pytest.raises(FaultyTemplateError) as refused:
        save_template(draft.pk, revision=1, words=changed(words, old, new), by=author, at=now())
    assert str(refused.value).startswith(told.replace("line 5", f"line {line}"))
    draft.refresh_from_db()
    assert draft.revision == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"arrears": "date"}, "variables: arrears is of the kind money, not date"),
        ({"next_due_amount": "money"}, "variables: next_due_amount is declared and not used"),
        ({"nickname": "name"}, "variables: unknown variable nickname"),
    ],
)
def test_declared_variables_are_checked(author: User, change: dict[str, str], told: str) -> None:
    draft = open_template("reminder", by=author, at=now())
    words = row_words(draft)
    wrong = words.model_copy(update={"variables": {**(words.variables or {}), **change}})
    with pytest.raises(FaultyTemplateError) as refused:
        save_template(draft.pk, revision=1, words=wrong, by=author, at=now())
    assert str(refused.value) == told


def test_what_a_person_may_allow_needs_his_reason(author: User, officer: User) -> None:
    version = proposed(author, "我们将依法提起诉讼。请在方便时")
    with pytest.raises(TemplateRefusal, match="say why they may be sent"):
        approve_template(version.pk, reason=" ", by=officer, at=now(), not_before=today())
    approve_template(version.pk, reason="律师函已备", by=officer, at=now(), not_before=today())
    assert find_template("reminder").number == 2


def test_one_version_is_in_the_making_at_a_time(author: User, officer: User) -> None:
    draft = drafted(author)
    with pytest.raises(TemplateRefusal, match="in the making"):
        open_template("reminder", by=officer, at=now())
    with pytest.raises(StaleTemplateError):
        save_template(draft.pk, revision=1, words=row_words(draft), by=officer, at=now())
    discard_template(draft.pk, reason="", by=author, at=now())
    assert open_template("reminder", by=officer, at=now()).number == 3


def test_a_past_day_is_refused_and_a_late_approval_begins_today(
    author: User, officer: User
) -> None:
    draft = drafted(author)
    yesterday = today() - timedelta(days=1)
    with pytest.raises(TemplateRefusal, match="past"):
        propose_template(
            draft.pk, effective_on=yesterday, reason="x", by=author, at=now(), not_before=today()
        )
    propose_template(
        draft.pk, effective_on=yesterday, reason="x", by=author, at=now(), not_before=yesterday
    )
    late = approve_template(draft.pk, reason="", by=officer, at=now(), not_before=today())
    assert late.effective_on == today()


def test_a_message_remembers_its_version_and_a_batch_asks_once(author: User, officer: User) -> None:
    version = approved(author, officer)
    for number in range(4):
        make_action(case=make_case(loan_no=f"T-{number}"))
    with CaptureQueriesContext(connection) as asked:
        assert contact_planned(as_of=DAY) == 4
    assert set(Attempt.objects.values_list("template_version", flat=True)) == {version.version}
    looked = [one["sql"] for one in asked if 'FROM "outreach_templateversion"' in one["sql"]]
    assert len(looked) == 1


def test_one_that_is_withdrawn_stops_its_action_and_no_other(officer: User) -> None:
    withdraw_template(
        keep_file("payment_thanks", by=officer, at=now()).pk, reason="x", by=officer, at=now()
    )
    gone = make_action(case=make_case(loan_no="T-1"), template="payment_thanks")
    kind = make_action(case=make_case(loan_no="T-2"))
    assert contact_planned(as_of=DAY) == 2
    gone.refresh_from_db()
    kind.refresh_from_db()
    assert (gone.state, gone.reason) == ("blocked", "the template payment_thanks is withdrawn")
    assert kind.state == "sent"


def test_files_work_without_any_row() -> None:
    found = templates_in_force(["reminder", "nothing"])
    assert found["reminder"] == load_template("reminder")
    assert isinstance(found["nothing"], TemplateError)
