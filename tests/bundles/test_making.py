"""What goes into a bundle, and what the log keeps of it."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from bundles.histories import LOAN, NOTES, have_it_vouched_for, live_through, vouch
from factories import MOMENT, make_case

from carrears.bundles.gathering import gather
from carrears.bundles.layout import pack
from carrears.bundles.report import words, write_report
from carrears.bundles.services import BundleError, make_bundle
from carrears.casework.words import FIELD
from carrears.evidence.commitment import commit
from carrears.evidence.models import Entry
from carrears.evidence.services import record, sequence
from carrears.parties.erasing import erase_person
from carrears.parties.services import commitment_salt, data_key
from carrears.parties.words import commit_words
from carrears_verify.bundle import read_bundle
from carrears_verify.verdict import Kind, verify_bundle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_key")]


def made(path: Path) -> Path:
    path.write_bytes(make_bundle(LOAN, by="wei", at=MOMENT).data)
    return path


def pdf_text(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        pdf = pypdfium2.PdfDocument(archive.read(name))
    text = "".join(page.get_textpage().get_text_range() for page in pdf)
    return text.replace("\r\n", "\n")


def test_all_entries_of_the_loan_and_its_debtor_and_no_other(tmp_path: Path) -> None:
    case, _ = live_through()
    assert case.party is not None
    record("person.consented", subject=str(case.party.token), payload={"channel": "email"},
           actor="", key="consent", occurred_at=MOMENT)  # fmt: skip

    bundle = read_bundle(made(tmp_path / "b").read_bytes())

    assert bundle.subjects == (LOAN, str(case.party.token))
    assert [one.told()["kind"] for one in bundle.entries] == [
        *["case.note"] * 3,
        "person.consented",
    ]
    assert [one.text for one in bundle.texts] == list(NOTES)
    findings = verify_bundle(bundle, policy=None, roots=b"")
    assert {one.kind for one in findings} == {Kind.PROVEN, Kind.OPEN}


def test_that_it_was_made_is_evidence(tmp_path: Path) -> None:
    live_through()
    path = made(tmp_path / "b")

    told = Entry.objects.get(kind="bundle.made")
    payload = json.loads(told.payload)
    assert (told.subject, told.actor) == (LOAN, "wei")
    assert payload["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert payload["entries"] == 3


def test_the_same_contents_are_the_same_bytes() -> None:
    live_through()

    def packed() -> bytes:
        contents = gather(LOAN, at=MOMENT)
        report = write_report(contents, language="zh", loan_no=LOAN, lender="甲")
        out = io.BytesIO()
        pack(contents, {"r": report}, out)
        return out.getvalue()

    assert packed() == packed()


def test_witnesses_and_the_authority_vouch_in_it(settings: Any, tmp_path: Path) -> None:
    live_through()
    with ExitStack() as stack:
        have_it_vouched_for(settings, tmp_path, stack)
        vouch()
        make_bundle(LOAN, by="", at=MOMENT)
        # What was written since is cosigned before the next is made; its stamp is an older one.
        bundle = read_bundle(made(tmp_path / "b").read_bytes())

    findings = [one.text for one in verify_bundle(bundle, policy=None, roots=b"")]
    assert len(bundle.entries) == 4
    assert "the quorum outside is met" in findings
    assert any(text.startswith("3 of the entries existed before") for text in findings)


def test_an_erased_persons_entries_still_verify_without_the_words(tmp_path: Path) -> None:
    case, _ = live_through()
    assert case.party is not None
    erase_person(case.party, by=None, at=MOMENT)

    path = made(tmp_path / "b")

    bundle = read_bundle(path.read_bytes())
    assert [(one.text, one.salt) for one in bundle.texts] == [(None, None)] * 3
    findings = verify_bundle(bundle, policy=None, roots=b"")
    assert Kind.FALSE not in {one.kind for one in findings}
    assert "3 texts were erased" in " ".join(one.text for one in findings)
    assert "个人信息已删除" in pdf_text(path, "report-zh.pdf")
    for text in NOTES:
        assert text.encode() not in path.read_bytes()
        assert text not in pdf_text(path, "report-zh.pdf")


def test_words_that_were_sealed_late_are_not_called_erased(tmp_path: Path) -> None:
    case, _ = live_through()
    moved, reviewed, recalled = "casework.cases.moved:9", "note-reviewed:n", "placement:9:recalled"
    salt = commitment_salt(case.party_id, context=reviewed)
    of_old = {
        moved: {"reason": "因调岗移交", "text_commitment": "of other words"},
        reviewed: {"comment_commitment": commit("措辞不当", salt=salt)},
        recalled: commit_words(recalled, {"reason": "到期", "note": "已谈"}, party=case.party_id),
    }
    for key, payload in of_old.items():
        record(key.partition(":")[0], subject=LOAN, payload=payload, actor="", key=key,
               occurred_at=MOMENT)  # fmt: skip
    commit_words(moved, {"reason": "因调岗移交"}, party=case.party_id)
    commit_words(reviewed, {"comment": "措辞不当"}, party=case.party_id)
    sequence()

    path = made(tmp_path / "b")
    bundle = read_bundle(path.read_bytes())
    assert [one.text for one in bundle.texts if one.member != "text_commitment"] == [
        "措辞不当",
        "到期",
        "已谈",
    ]
    findings = verify_bundle(bundle, policy=None, roots=b"")
    assert {one.kind for one in findings} == {Kind.PROVEN, Kind.OPEN}
    shown = pdf_text(path, "report-zh.pdf")
    assert "个人信息已删除" not in shown
    for text in ("因调岗移交", "措辞不当", "到期", "已谈"):
        assert text in shown


def test_words_that_were_altered_are_not_passed_off(tmp_path: Path) -> None:
    case, _ = live_through()
    event = case.events.order_by("pk").first()
    assert event is not None
    event.text_sealed = data_key(case.party_id).seal(FIELD, "另一句话")
    event.save()

    bundle = read_bundle(made(tmp_path / "b").read_bytes())
    assert [one.text for one in bundle.texts] == [None, *NOTES[1:]]


def test_the_reports_are_readable_in_both_languages(tmp_path: Path) -> None:
    live_through()
    path = made(tmp_path / "b")

    chinese, english = pdf_text(path, "report-zh.pdf"), pdf_text(path, "report-en.pdf")
    assert chinese.count("备注") == 3
    assert english.count("Note\n") == 3
    for text in (LOAN, NOTES[0], NOTES[1]):
        assert text in chinese
        assert text in english
    assert "本包不证明什么" in chinese
    assert "What it does not prove" in english
    # A hash can be copied as it is.
    root = read_bundle(path.read_bytes()).entries[0]
    assert hashlib.sha256(b"\x00" + root.data).hexdigest() in english


def test_nothing_is_made_of_nothing() -> None:
    with pytest.raises(BundleError, match="no case"):
        make_bundle("NONE", by="", at=MOMENT)
    make_case(loan_no="A-1")
    with pytest.raises(BundleError, match="nothing about loan 'A-1' is sealed"):
        make_bundle("A-1", by="", at=MOMENT)
    sequence()


def test_every_word_is_there_in_both_languages() -> None:
    def leaves(value: Any) -> list[dict[str, str]]:
        if isinstance(value, list):
            return [one for part in value for one in leaves(part)]
        if isinstance(value, dict) and set(value) != {"zh", "en"}:
            return [one for part in value.values() for one in leaves(part)]
        return [value]

    found = leaves(dict(words()))
    assert len(found) > 80
    assert [one for one in found if not (one["zh"] and one["en"])] == []


def test_every_kind_of_entry_that_the_page_lists_for_cases_has_a_name() -> None:
    page = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text(encoding="utf-8")
    kinds = {
        part.strip("`,")
        for line in page.splitlines()
        if line.startswith("| `")
        for part in line.split("|")[1].split()
        if part.strip("`,").partition(".")[0] in {"case", "message", "call", "override", "bundle"}
    }
    assert kinds
    assert kinds - words()["kinds"].keys() == set()
