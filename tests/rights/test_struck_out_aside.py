"""Who is erased is read neither in rows of files kept aside nor in mails that nobody could read."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from datetime import UTC, date, datetime
from email.header import Header
from typing import Any

import pytest
from dumped import ID_NO, NAME, PHONE
from factories import MOMENT, make_case, make_person, make_user

from carrears.access.models import Organisation, User
from carrears.agencies.contact_log_models import ContactLog, ContactLogReject
from carrears.agencies.contact_logs import write_corrections as write_log
from carrears.agencies.row_files import line_of
from carrears.agencies.rows_aside import open_rows
from carrears.casework.models import Case
from carrears.conduct.erasure import erase_subject
from carrears.conduct.list_rejects import write_corrections as write_list
from carrears.conduct.models import IndustryList, RejectedListing
from carrears.conduct.striking import STRUCK
from carrears.evidence.services import sequence, verify_log
from carrears.exchange.models import ERASED, RejectedRow, TapeImport
from carrears.inbox.models import Event, EventState
from carrears.outreach.mail_in.taking import put_aside
from carrears.outreach.mail_models import ReceivedMail
from carrears.outreach.print_models import LetterStatusFile, LetterStatusReject
from carrears.outreach.status_files import bad_rows_of
from carrears.parties.models import Party
from carrears.parties.services import open_for_house, seal_for_house
from carrears.portfolio.rejects import open_rejects

pytestmark = pytest.mark.django_db
LATER = datetime(2037, 1, 5, 2, tzinfo=UTC)
OTHERS = {
    "loan_no": "B-77",
    "name": "钱无关",
    "id_no": "110101198001010011",
    "phone": "13700000009",
}
HIS = {"loan_no": "A-900", "name": NAME, "id_no": ID_NO, "phone": int(PHONE), "plate": "浙A99999"}


@pytest.fixture
def case() -> Case:
    return make_case(loan_no="A-900", name="")


@pytest.fixture
def person(case: Case) -> Party:
    made = make_person(loan_no=case.loan_no, name=NAME, phone=PHONE, id_no=ID_NO)
    over = {"state": "closed", "closed_on": date(2016, 7, 20), "close_reason": "paid_off"}
    Case.objects.filter(pk=case.pk).update(party=made, **over)
    return made


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer", username="officer")


def erase(person: Party, officer: User) -> None:
    assert erase_subject(person, reason="his letter", by=officer, at=LATER)
    sequence()
    assert verify_log().ok


def aside(model: Any, words: str, **more: Any) -> Any:
    """A row as the house keeps it."""
    return model.objects.create(raw_sealed=seal_for_house(model.SEALED_AS, words), **more)


def words_of(row: Any) -> str:
    row.refresh_from_db()
    return open_for_house(row.SEALED_AS, row.raw_sealed)


def test_rows_of_tapes_go_whole_where_they_are_of_his_loan(person: Party, officer: User) -> None:
    tape = TapeImport.objects.create(
        key="t", file_name="loans.csv", path="x", size_bytes=1, mapping="carrears", state="done",
        started_at=MOMENT,
    )  # fmt: skip
    guarantors = OTHERS | {
        "dealers": ["甲", NAME],
        "guarantor": NAME,
        "guarantor_phone": f"+86 {PHONE[:3]}-{PHONE[3:]}",
    }
    rows = [HIS, OTHERS, guarantors, {"amount": "A-900", "note": "another's"}]
    kept = [
        aside(
            RejectedRow, json.dumps(row, ensure_ascii=False), tape=tape, table="loans",
            row_no=number, errors=[{"field": "plate", "reason": "wrong"}],
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip

    erase(person, officer)

    left = [json.loads(words_of(row)) for row in kept]
    assert left[0] == dict.fromkeys(HIS, STRUCK)
    assert left[1] == OTHERS
    assert left[2] == guarantors | {
        "dealers": ["甲", STRUCK],
        "guarantor": STRUCK,
        "guarantor_phone": f"+86 {STRUCK}",
    }
    assert left[3] == rows[3]
    assert [row.errors[0]["reason"] for row in kept] == [ERASED, "wrong", "wrong", "wrong"]
    assert [row.row_no for row in open_rejects()] == [1, 2, 3]


def test_rows_of_agencies_tell_nothing_of_him_nor_what_was_wrong(
    person: Party, officer: User
) -> None:
    agency = Organisation.objects.create(key="AG", name="Agency", kind="agency")
    log = ContactLog.objects.create(agency=agency, source="file", brought_at=MOMENT)
    cells = [["r1", "A-900", f"{NAME}，说下周还", PHONE], ["r2", "B-77", f"找{NAME}，不在", ""]]
    fault = [["at", "“%(told)s” is no time", PHONE], ["channel", "missing", ""]]
    kept = [
        aside(
            ContactLogReject, line_of(row), log=log, row_no=number, reference=row[0], errors=fault
        )
        for number, row in enumerate([*cells, ["r3", "B-77", "没有接", "13700000009"]])
    ]

    erase(person, officer)

    left = [one for _, one in open_rows(ContactLogReject.SEALED_AS, kept_again(kept))]
    assert left[0] == [STRUCK] * 4
    assert left[1] == ["r2", "B-77", f"找{STRUCK}，不在", ""]
    assert left[2] == ["r3", "B-77", "没有接", "13700000009"]
    told = [[one[2] for one in row.errors] for row in kept_again(kept)]
    assert told == [[STRUCK, ""], [STRUCK, ""], [PHONE, ""]]
    out = io.StringIO()
    assert write_log(log, out) == 2  # what is left of the others can still be mended
    assert f"{STRUCK},{STRUCK}" not in out.getvalue()


def test_two_people_of_one_row_go_one_after_the_other(person: Party, officer: User) -> None:
    other = make_person(loan_no="B-77", name="周又一", phone="13600000001", id_no=OTHERS["id_no"])
    over = {"state": "closed", "closed_on": date(2016, 7, 20), "close_reason": "paid_off"}
    Case.objects.filter(pk=make_case(loan_no="B-77", name="").pk).update(party=other, **over)
    agency = Organisation.objects.create(key="AG", name="Agency", kind="agency")
    log = ContactLog.objects.create(agency=agency, source="file", brought_at=MOMENT)
    cells = ["r1", "C-1", f"{NAME}和周又一都不在", "13600000001"]
    row = aside(ContactLogReject, line_of(cells), log=log, row_no=0, reference="r1", errors=[])

    erase(person, officer)
    assert words_of(row) == line_of(["r1", "C-1", f"{STRUCK}和周又一都不在", "13600000001"])
    erase(other, officer)

    assert words_of(row) == line_of(["r1", "C-1", f"{STRUCK}和{STRUCK}都不在", STRUCK])


def kept_again(rows: list[Any]) -> list[Any]:
    for row in rows:
        row.refresh_from_db()
    return rows


def test_rows_of_lists_and_of_letters_states_are_struck_out(person: Party, officer: User) -> None:
    listed = IndustryList.objects.create(
        name="l", version="1", source="s", reason="r", form="phone", algorithm="plain",
        from_on=MOMENT.date(), file_name="l.csv", file_sha256="0" * 64, read_at=MOMENT,
    )  # fmt: skip
    entry = aside(RejectedListing, f"{PHONE}x", list=listed, file_name="l.csv", row_no=1, field="f")
    alone = aside(RejectedListing, PHONE, list=listed, file_name="l.csv", row_no=2, field="f")
    file = LetterStatusFile.objects.create(sha256="0" * 64, name="s.csv", brought_at=MOMENT)
    row = json.dumps(["K1", NAME, "returned"], ensure_ascii=False)
    LetterStatusReject.objects.create(
        file=file, line=2, field="state", problem="unknown",
        row_sealed=seal_for_house(LetterStatusReject.SEALED_AS, row),
    )  # fmt: skip

    erase(person, officer)

    assert words_of(entry) == f"{STRUCK}x"
    assert words_of(alone) == STRUCK
    out = io.StringIO()
    assert write_list(listed, out) == 1  # nothing of the other can be mended
    assert f"{STRUCK}x" in out.getvalue()
    assert bad_rows_of(file)[0].row == ("K1", STRUCK, "returned")


def test_events_that_took_no_effect_are_struck_out(person: Party, officer: User) -> None:
    told = {"A-900": "13700000009", "B-77": PHONE, "B-78": "13700000009"}
    kept = [
        Event.objects.create(
            key=loan_no, kind="phone_changed", loan_no=loan_no, state=EventState.ASIDE,
            sealed=seal_for_house(Event.SEALED_AS, json.dumps({"phone": phone})),
        )
        for loan_no, phone in told.items()
    ]  # fmt: skip

    erase(person, officer)

    found = Event.objects.in_bulk([one.pk for one in kept])
    left = [json.loads(open_for_house(Event.SEALED_AS, found[one.pk].sealed)) for one in kept]
    assert left == [{}, {"phone": STRUCK}, {"phone": "13700000009"}]


@pytest.mark.parametrize(
    "mail",
    [
        f"From: {NAME} <a@example.com>\n\n请停止".encode(),
        f"From: {NAME} <a@example.com>\n\n请停止".encode("gb18030"),
        f"From: {Header(NAME, 'gb2312').encode()} <a@example.com>\n\n".encode(),
        b"From: a@example.com\nContent-Transfer-Encoding: base64\n"
        b"Content-Type: text/plain; charset=utf-8\n\n" + b64encode(f"我是{NAME}".encode()),
        b"From: Debtor@Example.com\n\nhello",
        *(
            f"From: a@example.com\nContent-Type: text/plain; charset={one}\n\n{PHONE}".encode()
            for one in ("nonsense", "idna", "punycode", "undefined", "\0")
        ),
        f"Subject: =?utf-8?b?a?=\nX: =?idna?q?a?=\n\n{PHONE}".encode(),
        f"Content-Type: multipart/mixed; boundary=\n\n--\n\n{PHONE}".encode(),
    ],
)
def test_a_mail_that_nobody_could_read_goes_where_it_names_him(
    person: Party, officer: User, mail: bytes
) -> None:
    others = f"From: {OTHERS['name']} <b@example.com>\n\n我要还款".encode()
    for raw in (mail, others):
        put_aside(raw, problem="no mail", at=MOMENT)

    erase(person, officer)

    gone, left = ReceivedMail.objects.order_by("pk")
    assert (gone.raw_sealed, gone.problem) == (None, ERASED)
    assert words_of(left).encode("latin-1") == others
    assert left.problem == "no mail"
