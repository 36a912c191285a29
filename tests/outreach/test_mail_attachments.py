"""Files that come with mails: kept in the vault of their case, refused, or waiting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import LazySettings
from django.test import Client
from factories import make_case, make_person, make_user
from outreach.dovecot import put, running
from outreach.mails import OURS, TO, reply
from outreach.test_mail_in import send
from vault.offices import media_type, office, packed

from carrears.casework.models import Case
from carrears.documents.listing import Wanted, documents_of
from carrears.evidence.models import Entry
from carrears.outreach.mail_in.attached import attached_to
from carrears.outreach.mail_in.attachments import MOST, file_attachments, name_of
from carrears.outreach.mail_in.reading import Reply, read_mail
from carrears.outreach.mail_in.service import read_mailbox
from carrears.outreach.mail_in.taking import take_mail
from carrears.outreach.models import MailAttachment, ReceivedMail, UnknownText
from carrears.outreach.unknown_texts import assign_text, dismiss_text
from carrears.parties.erasing import erase_person
from carrears.vault.models import StoredObject
from carrears.vault.reading import read_content, read_name

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 4, tzinfo=UTC)
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0" + b"photo" * 4000
EVIL = b"%PDF-1.7\n1 0 obj\n<< /S /JavaScript /JS (app.alert(1)) >>\nendobj\n"
HEIC = b"\0\0\0\x24ftypheic\0\0\0\0mif1heic" + bytes(60)
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(80)
File = tuple[str, str, bytes]  # name, declared media type, content


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> None:
    settings.CARREARS_HOME, settings.MAIL_DIR = tmp_path, tmp_path / "mail"


@pytest.fixture
def case() -> Case:
    return make_case()


@pytest.fixture
def dovecot(settings: LazySettings) -> Iterator[int]:
    with running(settings) as port:
        yield port


def mail(
    *files: File, text: str = "见附件", about: str = "", own: str = "<a1@x.y>", sender: str = TO
) -> bytes:
    """A mail as programs write it, with files."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "collections@lender.example", "回复"
    made["Message-ID"] = own
    if about:
        made["In-Reply-To"] = about
    made.set_content(text)
    for name, declared, content in files:
        main, _, sub = declared.partition("/")
        made.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return made.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def states() -> list[tuple[int, str, bool]]:
    """Each file: its place in the mail, why it was refused, whether it is in the vault."""
    found = MailAttachment.objects.order_by("nth")
    return [(one.nth, one.why, one.stored is not None) for one in found]


def content_of(stored: StoredObject) -> bytes:
    return b"".join(read_content(stored))


def test_what_hangs_on_a_reply_is_in_the_documents_of_the_case_written_about(case: Case) -> None:
    other = make_case(loan_no="B-1")
    files = (("还款凭证.pdf", "application/pdf", PDF), ("IMG_1.jpg", "image/jpeg", JPEG))
    take_mail(mail(*files, about=send(case)), at=AT)
    assert file_attachments() == 2
    assert file_attachments() == 0

    user = make_user(role="team_lead")
    listed = documents_of(user, [case], Wanted()).rows
    assert {(one.kind, one.name, one.origin, one.size) for one in listed} == {
        ("document", "还款凭证.pdf", "debtor", len(PDF)),
        ("photo", "IMG_1.jpg", "debtor", len(JPEG)),
    }
    assert documents_of(user, [other], Wanted()).rows == ()
    pdf = StoredObject.objects.get(kind="document")
    assert content_of(pdf) == PDF
    [note] = case.events.filter(kind="note")
    assert (note.data["files"], note.data["means"]) == (2, ["other"])
    told = Entry.objects.get(kind="mail.attachments")
    assert (told.subject, '"files":2' in told.payload.replace(" ", "")) == (case.loan_no, True)
    assert Entry.objects.filter(kind="vault.stored", subject=case.loan_no).count() == 2


def test_the_same_mail_again_keeps_its_files_once(case: Case) -> None:
    raw = mail(("a.pdf", "application/pdf", PDF), about=send(case))
    for _ in range(2):
        take_mail(raw, at=AT)
        file_attachments()
    assert (MailAttachment.objects.count(), StoredObject.objects.count()) == (1, 1)


REFUSED: dict[str, tuple[File, str]] = {
    "program": (("setup.exe", "application/octet-stream", b"MZ\x90\x00" + b"\0" * 80), "program"),
    "dressed up": (("bill.pdf", "application/pdf", b"MZ\x90\x00" + b"\0" * 80), "program"),
    "archive": (("a.zip", "application/zip", packed({"a.txt": "a"})), "zip"),
    "no office file": (("a.docx", "", b"PK\x03\x04" + b"\0" * 80), "zip"),
    "macros": (("a.docx", media_type(), office(also={"word/vbaProject.bin": b"\xd0"})), "macros"),
    "old office": (("a.doc", "application/msword", OLD_OFFICE), "office"),
    "script": (("a.pdf", "application/pdf", EVIL), "active"),
    "page": (("a.html", "text/html", b"<!DOCTYPE html><script>x</script>"), "web_page"),
    "lie": (("a.png", "image/png", PDF), "mismatch"),
    "no type": (("a.bin", "application/octet-stream", b"\1\2\3" * 40), "unknown"),
    "nothing": (("a.pdf", "application/pdf", b""), "empty"),
}


@pytest.mark.parametrize("which", REFUSED)
def test_what_may_do_harm_is_not_kept_and_says_why(case: Case, which: str) -> None:
    file, why = REFUSED[which]
    take_mail(mail(file, ("ok.pdf", "application/pdf", PDF), about=send(case)), at=AT)
    file_attachments()
    assert states() == [(1, why, False), (2, "", True)]
    refused = MailAttachment.objects.get(nth=1)
    assert (name_of(refused), refused.content_sealed, refused.size) == (
        file[0], None, len(file[2]),
    )  # fmt: skip


def test_office_files_and_pictures_of_telephones_are_kept_and_given_out_as_downloads(
    case: Case,
) -> None:
    files = (
        ("流水.xlsx", media_type("xl"), office("xl")),
        ("证明.hta", "application/octet-stream", office()),  # its name lies about its program
        ("IMG_2.HEIC", "image/heic", HEIC),
    )
    take_mail(mail(*files, about=send(case)), at=AT)
    file_attachments()
    assert states() == [(1, "", True), (2, "", True), (3, "", True)]

    client = Client()
    client.force_login(make_user(role="team_lead"))
    for row in MailAttachment.objects.order_by("nth"):
        stored = row.stored
        assert stored is not None
        name, _, content = files[row.nth - 1]
        asked = f"/case/{case.loan_no}/files/{stored.token}/open/"
        page = client.post(asked, {"why": "casework", "note": ""}).headers["Location"]
        answer = client.get(f"{page}content/")
        assert b"".join(answer.streaming_content) == content  # type: ignore[attr-defined]
        told = answer.headers["Content-Disposition"]
        wanted = {"证明.hta": "证明.hta.docx"}.get(name, name)
        assert (told.startswith("attachment;"), wanted in unquote(told)) == (True, True)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Type"] == row.media_type
        assert client.get(page).context["page"].shown_as == ""


def test_too_many_and_too_large_files_are_not_kept(case: Case, settings: LazySettings) -> None:
    settings.VAULT_UPLOAD_MB = 1
    large = b"%PDF-" + b"x" * (1 << 20)
    files = [("l.pdf", "application/pdf", large)]
    files += [(f"{n}.pdf", "application/pdf", PDF) for n in range(MOST)]
    take_mail(mail(*files, about=send(case)), at=AT)
    assert [one.why for one in MailAttachment.objects.order_by("nth")] == [
        "too_large", *[""] * (MOST - 1), "too_many",
    ]  # fmt: skip


def test_nothing_stands_in_clear_in_the_database(case: Case) -> None:
    take_mail(mail(("凭证.pdf", "application/pdf", PDF), about=send(case)), at=AT)
    row = MailAttachment.objects.get()
    assert b"%PDF" not in bytes(row.content_sealed or b"")
    assert "凭证".encode() not in bytes(row.name_sealed or b"")
    file_attachments()
    row.refresh_from_db()
    assert (row.content_sealed, row.name_sealed) == (None, None)


def test_a_store_that_is_away_loses_neither_words_nor_files(
    case: Case, settings: LazySettings, tmp_path: Path
) -> None:
    blocked = tmp_path / "no folder"
    blocked.write_text("a file where the vault should be")
    before, settings.VAULT_DIR = settings.VAULT_DIR, blocked
    take_mail(mail(("a.pdf", "application/pdf", PDF), text="退订", about=send(case)), at=AT)
    assert file_attachments() == 0
    assert case.events.filter(kind="note").count() == 1
    assert states() == [(1, "", False)]
    settings.VAULT_DIR = before
    assert file_attachments() == 1


def test_files_of_a_mail_of_nobody_wait_with_it_and_go_where_it_is_put(case: Case) -> None:
    take_mail(mail(("a.pdf", "application/pdf", PDF), sender="x@example.net"), at=AT)
    assert file_attachments() == 0
    user = make_user(role="team_lead")
    assign_text(UnknownText.objects.get(), case, reason="电话核实", by=user, at=AT)
    assert file_attachments() == 1
    stored = StoredObject.objects.get()
    assert (stored.loan_no, stored.party_id, read_name(stored), content_of(stored)) == (
        case.loan_no, case.party_id, "a.pdf", PDF,
    )  # fmt: skip
    assert case.events.get(kind="note").data["files"] == 1


def test_nothing_is_kept_of_the_files_of_a_mail_that_is_dismissed() -> None:
    take_mail(mail(("a.pdf", "application/pdf", PDF), sender="x@example.net"), at=AT)
    user = make_user(role="team_lead")
    dismiss_text(UnknownText.objects.get(), reason="广告", by=user, at=AT)
    row = MailAttachment.objects.get()
    assert (row.content_sealed, row.why, file_attachments()) == (None, "dismissed", 0)


def test_of_who_is_erased_meanwhile_nothing_can_be_opened_or_kept(case: Case) -> None:
    take_mail(mail(("a.pdf", "application/pdf", PDF), about=send(case)), at=AT)
    assert case.party is not None
    erase_person(case.party, by=None, at=AT)
    assert file_attachments() == 0
    row = MailAttachment.objects.get()
    assert (row.why, row.content_sealed, row.name_sealed) == ("erased", None, None)
    assert name_of(row) == ""


def test_a_mail_of_somebody_else_on_the_case_says_so(case: Case) -> None:
    make_person(loan_no=case.loan_no, role="guarantor", email="g@example.com")
    take_mail(mail(("a.pdf", "application/pdf", PDF), sender="g@example.com"), at=AT)
    file_attachments()
    assert StoredObject.objects.get().origin == "other"


def test_of_an_address_that_several_share_a_person_says_whose_the_files_are(case: Case) -> None:
    other = make_case(loan_no="B-1", name="李试四")  # with the same address
    take_mail(mail(("a.pdf", "application/pdf", PDF), about=""), at=AT)
    assert file_attachments() == 0
    assert [one.events.filter(kind="note").count() for one in (case, other)] == [1, 1]
    [unknown] = UnknownText.objects.all()
    assign_text(unknown, other, reason="电话核实", by=make_user(role="team_lead"), at=AT)
    assert file_attachments() == 1
    assert StoredObject.objects.get().loan_no == "B-1"
    assert [one.events.filter(kind="note").count() for one in (case, other)] == [1, 1]


def read(raw: bytes) -> Reply:
    told = read_mail(raw)
    assert isinstance(told, Reply)
    return told


def test_words_signatures_and_small_pictures_within_are_no_files() -> None:
    made = EmailMessage()
    made["From"] = TO
    made.set_content("看图")
    made.add_alternative("<p>看图 <img src=cid:logo><img src=cid:shot></p>", subtype="html")
    page = made.get_payload()[1]  # type: ignore[index]
    page.add_related(b"\x89PNG\r\n\x1a\nlogo", "image", "png", cid="<logo>")  # type: ignore[union-attr]
    page.add_related(JPEG, "image", "jpeg", cid="<shot>")  # type: ignore[union-attr]
    made.add_attachment(b"sig", maintype="application", subtype="pkcs7-signature", filename="s.p7s")
    within = EmailMessage()
    within["Subject"] = "forwarded"
    within.set_content("old")
    made.add_attachment(within)
    files = read(made.as_bytes()).files
    assert [one.declared for one in files] == ["image/jpeg", "message/rfc822"]
    assert files[0].content == JPEG
    assert read(reply("只有文字", about=OURS)).files == ()


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\x\\a.pdf", "a.pdf"),
        ("bill\u202efdp.exe", "billfdp.exe"),
        ("a\tb.pdf", "ab.pdf"),
    ],
)
def test_a_name_has_no_folders_and_cannot_be_read_backwards(told: str, name: str) -> None:
    made = EmailMessage()
    made.set_content("x")
    made.add_attachment(PDF, maintype="application", subtype="pdf", filename=told)
    assert [one.name for one in attached_to(made)] == [name]


def test_files_come_through_a_real_mailbox(dovecot: int, case: Case) -> None:
    files = (
        ("收据.pdf", "application/pdf", PDF),
        ("x.exe", "application/x-dosexec", b"MZ\x90\x00" * 40),
    )
    put(dovecot, mail(*files, about=send(case)))
    assert read_mailbox() == {"reply": 1}
    assert read_mailbox() == {}
    assert states() == [(1, "", True), (2, "program", False)]
    assert read_name(StoredObject.objects.get()) == "收据.pdf"
    assert ReceivedMail.objects.get().kind == "reply"


def test_the_case_and_the_list_of_unknown_mails_show_the_files(case: Case) -> None:
    files = (("收据.pdf", "application/pdf", PDF), REFUSED["program"][0])
    take_mail(mail(*files, about=send(case)), at=AT)
    take_mail(mail(files[0], own="<a2@x.y>", sender="x@example.net"), at=AT)
    file_attachments()
    client = Client()
    client.force_login(make_user(role="team_lead"))
    page = client.get("/case/A-03/").content.decode()
    assert page.count('data-mail-file="kept"') == 2  # the reply to read, and the timeline
    assert page.count('data-mail-file="program"') == 2
    assert page.count("收据.pdf") >= 2
    unknown = client.get("/mail/unknown/").content.decode()
    assert unknown.count('data-mail-file="unplaced"') == 1
