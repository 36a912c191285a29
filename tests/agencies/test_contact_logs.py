"""What an agency says it did: judged as of its own time, counted, and kept as a breach if it is."""

from __future__ import annotations

import io
import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
from access.outsiders import open_agency, place
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from factories import make_case, make_person, make_user

from carrears.access.models import Organisation, User
from carrears.access.organisations import access_day
from carrears.agencies import (
    agency_recordings,
    contact_log_files,
    fitting,
    invoice_files,
    recording_files,
    row_files,
)
from carrears.agencies.contact_logs import ANOTHER, TWICE, take_file, take_rows, write_corrections
from carrears.agencies.explaining import WORDS, explain_all, explain_in
from carrears.agencies.models import ContactLog, LoggedContact
from carrears.agencies.row_files import RowFileError
from carrears.agencies.rows_aside import faults_of
from carrears.casework.holds import place_hold
from carrears.casework.models import Case, CaseEvent, Placement
from carrears.casework.placements import recall
from carrears.casework.words import text_of
from carrears.clock import now
from carrears.conduct.models import FlaggedNote, Mandate
from carrears.evidence.models import Entry
from carrears.outreach.calls import WantedCall, book_call, book_calls
from carrears.outreach.models import Attempt, Breach, ContactOutcome
from carrears.parties.models import Consent, ContactPoint, LoanParty

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
NUMBER = "139 0000 0001"


@dataclass
class Abroad:
    """An agency with one case, placed for a fortnight."""

    user: User
    agency: Organisation
    case: Case
    placement: Placement


@pytest.fixture
def abroad() -> Abroad:
    agency = open_agency("HENGXIN")
    today = access_day(now())
    Mandate.objects.create(agency="HENGXIN", starts_on=today - timedelta(days=60))
    user = make_user(role="agency_user", username="heng", organisation=agency)
    case = make_case(
        loan_no="L-1",
        obligor_no="P-1",
        as_of=today,
        opened_on=today - timedelta(days=60),
        dpd=90,
        assignee=None,
    )
    placed = place(
        case, agency, from_on=today - timedelta(days=14), until_on=today + timedelta(days=14)
    )
    return Abroad(user, agency, case, placed)


def at(days: int, hour: int = 10, minute: int = 0) -> datetime:
    """So many days ago by the debtor's clock."""
    day = access_day(now()) - timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


def row(reference: str, moment: datetime, **more: str) -> dict[str, str]:
    return {
        "reference": reference, "loan_no": "L-1", "at": moment.isoformat(), "channel": "call",
        "number": NUMBER, "result": "no_answer", "acted_by": "E-7",
    } | more  # fmt: skip


def take(abroad: Abroad, *rows: dict[str, str]) -> ContactLog:
    return take_rows(rows, by=abroad.user, at=now())


def faults(log: ContactLog) -> list[list[str]]:
    return [[one.row_no, *[error[:2] for error in one.errors]] for one in log.rejects.all()]


def test_a_lawful_call_is_an_attempt_that_the_next_one_counts(abroad: Abroad) -> None:
    log = take(abroad, row("A-1", at(1), result="promised", note="他说下周还"))
    assert (log.taken, log.known, log.rejected, log.breaches) == (1, 0, 0, 0)
    made = Attempt.objects.get()
    assert (made.state, made.result, made.gate_action, made.reported) == (
        "made", "conversation", "allow", True,
    )  # fmt: skip
    assert (made.agency, made.at, made.contact_point_id) == (
        "HENGXIN", at(1), ContactPoint.objects.get(party=abroad.case.party, kind="phone").pk,
    )  # fmt: skip
    assert made.verdict.facts["attempt"]["at"] == at(1).replace(tzinfo=None).isoformat()
    assert ContactOutcome.objects.get(attempt=made).right_party is True
    assert text_of(CaseEvent.objects.get(kind="note")) == "他说下周还"
    assert LoggedContact.objects.get().acted_by == "E-7"
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert {"call.made", "case.outcome", "agencies.contact_log.taken"} <= kinds

    own = book_call(abroad.case, party=abroad.case.party, key="own-call", by=None)
    assert [one["id"] for one in own.verdict.facts["facts"]["history"]] == [f"A.{made.pk}"]


def test_an_unlawful_call_is_kept_and_told_as_a_breach(abroad: Abroad) -> None:
    log = take(abroad, row("A-1", at(1, hour=23)))
    assert (log.taken, log.breaches) == (1, 1)
    made = Attempt.objects.get()
    assert (made.state, made.gate_action) == ("made", "block")
    assert (made.breach.gate_action, made.breach.late) == ("block", False)
    assert made.breach.rules
    told = json.loads(Entry.objects.get(kind="contact.breach").payload)
    assert (told["rules"], told["agency"]) == (made.breach.rules, "HENGXIN")
    for change in (made.breach.delete, lambda: Breach.objects.update(gate_action="review")):
        with pytest.raises(IntegrityError, match="stays as it was found"), transaction.atomic():
            change()


def test_what_was_on_record_then_is_what_counts(abroad: Abroad) -> None:
    place_hold(
        abroad.case, reason="hospital", from_on=access_day(at(1)), until_on=None, why="x",
        by=make_user(role="team_lead"), at=at(1, hour=12), today=access_day(at(1)),
    )  # fmt: skip
    log = take(abroad, row("A-1", at(1, hour=11)), row("A-2", at(1, hour=13)))
    assert (log.taken, log.breaches) == (2, 1)
    assert list(Attempt.objects.order_by("at").values_list("gate_action", flat=True)) == [
        "allow", "block",
    ]  # fmt: skip


def test_rows_of_one_log_count_in_the_order_of_their_times(abroad: Abroad) -> None:
    rows = [row(f"A-{hour}", at(1, hour=hour), result="refuses") for hour in (16, 14, 12, 10)]
    log = take(abroad, *rows)
    assert log.breaches == 1  # three effective calls a day
    assert Breach.objects.get().attempt.at == at(1, hour=16)


def test_an_earlier_call_told_later_finds_the_breach_that_it_hid(abroad: Abroad) -> None:
    log = take(abroad, row("A-16", at(1, hour=16), result="refuses"))
    assert log.breaches == 0
    for hour in (10, 12, 14):
        log = take(abroad, row(f"A-{hour}", at(1, hour=hour), result="refuses"))
        assert log.breaches == 0
    assert ContactLog.objects.get(breaches=1).contacts.get().reference == "A-16"
    found = Breach.objects.get()
    assert (found.attempt.at, found.late, found.attempt.gate_action) == (
        at(1, hour=16), True, "allow",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"loan_no": "L-9"}, ["loan_no", fitting.NOT_WITH_YOU]),
        ({"loan_no": "L-2"}, ["loan_no", fitting.NOT_WITH_YOU]),
        ({"at": "2026-11-28 10:00"}, ["at", contact_log_files.NO_TIME]),
        ({"at": "2026-11-28 10:00", "zone": "Mars"}, ["zone", contact_log_files.NO_ZONE]),
        ({"at": at(20).isoformat()}, ["loan_no", fitting.NOT_WITH_YOU]),
        ({"at": at(-1).isoformat()}, ["at", fitting.NOT_THEN]),
        ({"channel": "fax"}, ["channel", contact_log_files.NO_CHANNEL]),
        ({"direction": "up"}, ["direction", contact_log_files.NO_DIRECTION]),
        ({"number": ""}, ["number", contact_log_files.NO_NUMBER]),
        ({"number": "13811112222"}, ["number", fitting.NO_SUCH_NUMBER]),
        ({"with": "guarantor"}, ["with", fitting.NOBODY]),
        ({"result": "moved_away"}, ["result", fitting.NO_CODE]),
        ({"result": "not_dialled"}, ["result", fitting.NO_CODE]),
        ({"channel": "sms"}, ["result", fitting.NO_RESULT]),
        ({"acted_by": ""}, ["acted_by", contact_log_files.NOBODY_ACTED]),
        ({"staff": "2"}, ["staff", contact_log_files.NO_STAFF]),
        ({"reference": ""}, ["reference", contact_log_files.NO_REFERENCE]),
        ({"note": "x" * 4001}, ["note", row_files.TOO_LONG]),
    ],
)
def test_a_row_that_does_not_fit_is_named_and_kept_aside(
    abroad: Abroad, change: dict[str, str], fault: list[str]
) -> None:
    make_case(loan_no="L-2", obligor_no="P-2", loan_id=2, name="", as_of=abroad.case.as_of)
    log = take(abroad, row("A-1", at(1)) | change)
    assert faults(log) == [[1, fault]]
    assert (log.taken, Attempt.objects.count()) == (0, 0)
    assert b"139" not in bytes(log.rejects.get().raw_sealed)


def test_what_is_wrong_with_a_row_that_slipped_by_a_column_tells_no_number(
    abroad: Abroad,
) -> None:
    log = take(abroad, row("A-1", at(1)) | {"at": NUMBER})
    [one] = log.rejects.all()
    told = ["at", contact_log_files.NO_TIME, NUMBER]
    assert one.errors == [[*told[:2], ""]]
    assert faults_of([one]) == {one.pk: [told]}

    kept_by_an_older_release = [told, ["file", recording_files.TOO_LARGE, "1"], ["x", "y", ""]]
    log.rejects.update(errors=kept_by_an_older_release)
    migration = import_module("carrears.agencies.migrations.0011_after_cells_out_of_faults")
    with connection.schema_editor() as editor:
        migration._take_out(None, editor)
    [one] = log.rejects.all()
    assert one.errors == [[*told[:2], ""], *kept_by_an_older_release[1:]]


def test_it_is_taken_once_by_its_reference_and_stands_for_nothing_else(abroad: Abroad) -> None:
    first = row("A-1", at(1))
    log = take(abroad, first, first | {"result": "busy"})
    assert (log.taken, faults(log)) == (1, [[2, ["reference", TWICE]]])
    again = take(abroad, first, first | {"result": "busy"})
    assert (again.taken, again.known) == (0, 1)
    assert faults(again) == [[2, ["reference", ANOTHER]]]
    assert Attempt.objects.count() == LoggedContact.objects.count() == 1
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
        LoggedContact.objects.all().delete()


def test_what_was_booked_here_is_not_told_again(abroad: Abroad) -> None:
    assert abroad.case.party is not None
    wanted = WantedCall(
        key="L-1:the-call", case=abroad.case, party=abroad.case.party, at=at(1),
        agency="HENGXIN", by=abroad.user,
    )  # fmt: skip
    assert [one.state for one in book_calls([wanted])] == ["booked"]
    log = take(abroad, row("A-1", at(1, minute=1)), row("A-2", at(1, minute=30)))
    assert (log.taken, faults(log)) == (1, [[1, ["at", fitting.BOOKED]]])


def test_a_file_in_chinese_with_a_bad_row_is_mended_and_brought_again(abroad: Abroad) -> None:
    day = access_day(now()) - timedelta(days=1)
    text = (
        "流水号,贷款编号,时间,时区,渠道,号码,结果码,催收员,人数,备注\n"
        f"A-1,L-1,{day} 10:00,Asia/Shanghai,电话,{NUMBER},busy,王试员,,\n"
        f"A-2,L-1,{day} 11:00,Asia/Shanghai,电话,{NUMBER},nonsense,王试员,,\n"
        f"A-3,L-1,{day} 15:00,Asia/Shanghai,外访,,not_home,王试员,2,\n"
        f"A-4,L-1,{day} 12:00,Asia/Shanghai,短信,{NUMBER},,王试员,,\n"
    )
    log = take_file(text.encode("gb18030"), name="日志.csv", by=abroad.user, at=now())
    assert (log.taken, log.rejected) == (3, 1)
    assert sorted(Attempt.objects.values_list("channel", "state")) == [
        ("call", "made"), ("sms", "sent"), ("visit", "made"),
    ]  # fmt: skip
    out = io.StringIO()
    assert write_corrections(log, out) == 1
    mended = out.getvalue().replace(",nonsense,", ",busy,")
    again = take_file(mended.encode(), name="mended.csv", by=abroad.user, at=now())
    assert (again.taken, again.rejected) == (1, 0)
    assert write_corrections(log, io.StringIO()) == 0


def test_a_call_to_the_agency_is_counted_as_one_that_came_in(abroad: Abroad) -> None:
    log = take(
        abroad,
        row("A-1", at(1), direction="in", result="says_paid"),
        row("A-2", at(2), direction="in", result="call_back"),
    )
    assert (log.taken, log.rejected, Attempt.objects.count()) == (2, 0, 0)
    assert ContactOutcome.objects.filter(attempt=None, agency="HENGXIN").count() == 2


def test_a_contact_person_is_asked_and_a_wrong_number_is_marked(abroad: Abroad) -> None:
    friend = make_person(loan_no="L-1", name="李试友", role="contact", phone="13700000007")
    take(abroad, row("A-1", at(1), number="13700000007", result="new_holder"))
    made = Attempt.objects.get()
    assert (made.party_id, made.purpose) == (friend.pk, "ask_debtor_contact")
    assert ContactPoint.objects.get(party=friend, kind="phone").unusable == "new_holder"
    assert LoanParty.objects.filter(party=friend).exists()


def test_until_he_was_called_back_it_may_be_told_and_not_after(abroad: Abroad) -> None:
    recall([abroad.placement], reason="paid", by=None, at=now())
    log = take(abroad, row("A-1", at(1)), row("A-2", now()))
    assert (log.taken, faults(log)) == (1, [[2, ["loan_no", fitting.NOT_WITH_YOU]]])


@pytest.mark.usefixtures("abroad")
def test_only_an_agency_brings_its_own_log() -> None:
    with pytest.raises(PermissionDenied, match="its own log"):
        take_rows([row("A-1", at(1))], by=make_user(role="compliance_officer"), at=now())


def test_a_file_that_is_none_says_why(abroad: Abroad) -> None:
    for content, why in ((b"a,b\n", "no column reference"), (b"\xff\xff", "neither UTF-8")):
        with pytest.raises(RowFileError, match=why):
            take_file(content, name="x.csv", by=abroad.user, at=now())


def test_every_fault_is_said_in_both_languages() -> None:
    said = {
        value
        for module in (
            row_files,
            invoice_files,
            contact_log_files,
            fitting,
            recording_files,
            agency_recordings,
        )
        for name, value in vars(module).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, str)
    } - {contact_log_files.ID, contact_log_files.WHY, recording_files.MANIFEST}
    said.discard(agency_recordings.SEALED)
    assert said | {TWICE, ANOTHER} == set(WORDS)
    for words in WORDS:
        assert explain_in("zh-hans", words, "x") != explain_in("en", words, "x")
    assert explain_all([["amount", "kept by an older release"]]).endswith("older release")


def kept() -> dict[str, list[object]]:
    """All that a log leaves, without numbers of rows; in the order of references and times."""
    attempts = Attempt.objects.select_related("verdict").order_by("key")
    lines = CaseEvent.objects.filter(kind__in=["outcome", "note"])
    told = [
        (one.case.loan_no, one.kind, {**one.data, "attempt": bool(one.data.get("attempt"))})
        for one in lines.select_related("case")
    ]
    return {
        "attempts": [
            (one.key, one.at, one.state, one.result, one.effective, one.answered_by, one.made_by_id)
            for one in attempts
        ],
        "verdicts": [
            (one.gate_action, [each["rule_id"] for each in one.verdict.findings],
             len(one.verdict.facts["facts"].get("history", ())))
            for one in attempts
        ],
        "outcomes": list(
            ContactOutcome.objects.order_by("key").values_list(
                "key", "code", "result", "right_party", "next_step", "follow_up_on", "told_by",
                "attempt__key", "staff",
            )
        ),
        "breaches": list(Breach.objects.order_by("attempt__key").values_list("attempt__key")),
        "timeline": sorted(told, key=str),
        "flagged": list(FlaggedNote.objects.values_list("note__data__text", flat=True)),
        "consents": sorted(Consent.objects.values_list("party", "channel", "granted")),
        "follow_ups": list(Case.objects.order_by("pk").values_list("follow_up_on", flat=True)),
        "evidence": sorted(
            Entry.objects.exclude(kind="agencies.contact_log.taken").values_list("kind", "subject")
        ),
    }  # fmt: skip


def test_a_log_leaves_what_its_rows_leave_one_by_one(abroad: Abroad) -> None:
    """Of contacts that the agency made; what came in a log tells after them."""
    second = make_case(
        loan_no="L-2", loan_id=2, obligor_no="P-2", as_of=abroad.case.as_of, dpd=90,
        opened_on=abroad.case.opened_on, assignee=None, name="虚构二",
    )  # fmt: skip
    place(second, abroad.agency, from_on=abroad.placement.from_on, until_on=None)
    codes = (
        "no_answer",
        "will_pay",
        "refuses",
        "busy",
        "promised",
        "no_answer",
        "wants_no_contact",
    )
    notes = ("", "约好周五再谈", "不还钱让你坐牢", "", "他在外地")
    chance = random.Random(7)  # noqa: S311  a repeated draw
    rows = []
    for nth in range(36):
        more = {"result": codes[nth % 7], "note": notes[nth % 5], "loan_no": f"L-{nth % 2 + 1}"}
        if nth % 9 == 7:
            more |= {"channel": "sms", "result": ""}
        if nth % 9 == 8:
            more |= {"channel": "visit", "result": "not_home", "number": "", "staff": "2"}
        moment = at(9 - nth // 5, hour=(9, 14, 18, 23)[nth % 4], minute=chance.randrange(60))
        rows.append(row(f"R-{nth:02}", moment, **more))
    rows.sort(key=lambda one: one["at"])

    together = transaction.savepoint()
    log = take(abroad, *rows)
    block, numbers = kept(), (log.taken, log.rejected, log.breaches)
    transaction.savepoint_rollback(together)
    logs = [take(abroad, one) for one in rows]
    assert (sum(one.taken for one in logs), sum(one.rejected for one in logs)) == numbers[:2]
    single = kept()
    assert numbers[0] > 30
    assert numbers[2] == len(block["breaches"]) > 3
    assert len(block["flagged"]) > 3
    assert block == single
