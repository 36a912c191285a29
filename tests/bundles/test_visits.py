"""A visit in the proof bundle: its photo and its signature, byte for byte, and what was told."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bundles.test_verifier import packed, unpack
from factories import make_case, make_user
from outreach.visit_day import HERE, PNG, day, photo, told
from typer.testing import CliRunner

from carrears.access.organisations import access_day
from carrears.casework.case_product import product_of
from carrears.casework.models import Case
from carrears.cli import app, evidence
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.outreach.models import FieldVisit, VisitStep
from carrears.outreach.visit_steps import keep_step
from carrears.outreach.visits import VisitOrder, order_visit
from carrears_verify.bundle import read_bundle
from carrears_verify.command import run
from carrears_verify.verdict import verify_bundle

pytestmark = pytest.mark.django_db
SIGNED = PNG + b"signed by hand"
LOAN = "A-03"
NO_WITNESS = 1  # nothing is false; that nobody vouches for the log is left open


@pytest.fixture
def case(own_key: None, settings: Any, tmp_path: Path) -> Case:  # noqa: ARG001  its own log
    """A case with a visit of yesterday: a photo, and the debtor's hand and a typed name."""
    settings.VAULT_DIR = tmp_path / "vault"
    today = access_day(now())
    case = make_case(loan_no=LOAN, as_of=today, opened_on=today - timedelta(days=60), dpd=60)
    li, wang = (make_user(role="collector", username=name) for name in ("li", "wang"))
    made = order_visit(
        VisitOrder(
            key="v-1", case=case, party=case.party,  # type: ignore[arg-type]
            from_at=day(-1), until_at=day(-1, 12), visitors=(li, wang), by=li,
        ),
        product_of(case),
    )  # fmt: skip
    FieldVisit.objects.update(from_at=day(1), until_at=day(1, 12))
    visit = FieldVisit.objects.get(pk=made.pk)
    hand = {"signer": "debtor"}
    keep_step(visit, told("check_in", day(1, 10, 20), position=HERE), by=li)
    keep_step(visit, told("check_in", day(1, 10, 22)), by=wang)
    keep_step(visit, told("photo", day(1, 10, 25)), by=li, picture=photo())
    keep_step(visit, told("signature", day(1, 10, 30), **hand), by=li, picture=photo(SIGNED))
    keep_step(visit, told("signature", day(1, 10, 31), **hand, typed_name="赵试一"), by=li)
    keep_step(visit, told("result", day(1, 10, 40), code="will_pay"), by=li)
    sequence()
    return case


def bundled(tmp_path: Path, *options: str) -> Path:
    """What ``carrears evidence bundle`` writes of the loan."""
    assert evidence  # its commands are registered
    path = tmp_path / "case.zip"
    made = CliRunner().invoke(app, ["evidence", "bundle", LOAN, "-o", str(path), *options])
    assert made.exit_code == 0, made.output
    return path


def steps_in(path: Path) -> dict[str, dict[str, Any]]:
    """What the entries of a bundle say of each step of the visit, by the file that it has."""
    entries = [one.told() for one in read_bundle(path).entries]
    payloads = [one["payload"] for one in entries if one["kind"] == "visit.told"]
    return {one["object"]: one for one in payloads if "object" in one}


@pytest.mark.usefixtures("case")
def test_photo_and_signature_are_proven_byte_for_byte(tmp_path: Path, capsys: Any) -> None:
    path = bundled(tmp_path, "--why", "dispute")
    assert run([str(path), "--json"]) == NO_WITNESS
    found = json.loads(capsys.readouterr().out)["findings"]
    assert {one["kind"] for one in found} == {"proven", "open"}
    proven = [one["text"] for one in found if one["kind"] == "proven"]
    assert "2 files are byte for byte those which entries commit to" in proven

    members = unpack(path)
    lines = {one["sha256"]: one["name"] for one in json.loads(members["files.json"])}
    steps = steps_in(path)
    pictures = {"photo": PNG, "signature": SIGNED}
    assert {one["what"] for one in steps.values()} == set(pictures)
    for token, step in steps.items():
        content = pictures[step["what"]]
        name = lines[hashlib.sha256(content).hexdigest()]
        assert (name, members[name]) == (f"files/{token}.png", content)


@pytest.mark.usefixtures("case")
def test_without_the_files_their_hashes_stand(tmp_path: Path, capsys: Any) -> None:
    path = bundled(tmp_path, "--without-files")
    assert run([str(path), "--json"]) == NO_WITNESS
    found = json.loads(capsys.readouterr().out)["findings"]
    assert {one["kind"] for one in found} == {"proven", "open"}
    lines = json.loads(unpack(path)["files.json"])
    wanted = {hashlib.sha256(one).hexdigest() for one in (PNG, SIGNED)}
    assert {one["sha256"] for one in lines} == wanted
    assert {one["name"] for one in lines} == {None}


@pytest.mark.usefixtures("case")
def test_a_name_that_was_typed_stands_as_a_commitment(tmp_path: Path) -> None:
    entries = [one.told() for one in read_bundle(bundled(tmp_path, "--without-files")).entries]
    [typed] = [
        one["payload"] for one in entries
        if one["kind"] == "visit.told" and one["payload"]["what"] == "signature"
        and "object" not in one["payload"]
    ]  # fmt: skip
    assert len(typed["told_commitment"]) == 64
    assert VisitStep.objects.filter(kind="signature").count() == 2


@pytest.mark.usefixtures("case")
@pytest.mark.parametrize("content", [PNG, SIGNED])
def test_a_picture_that_was_changed_is_told_of(tmp_path: Path, content: bytes) -> None:
    members = unpack(bundled(tmp_path, "--why", "dispute"))
    [name] = [one for one, data in members.items() if data == content]
    members[name] = content[:-1] + b"!"
    found = verify_bundle(read_bundle(packed(members)), policy=None, roots=b"")
    assert "false" in {str(one.kind) for one in found}
