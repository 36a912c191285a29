"""Whatever has to do with a person is declared, with every field, and the docs say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from docs.pages import ROOT

from carrears.rights.register import LANGUAGES, processing_record, read_register

# Of nobody in particular: rows that no tape's person could be found in, lists of others, the log.
_NOBODY = {
    "exchange.RejectedRow": "sealed for the house; which person it was about is what went wrong",
    "agencies.InvoiceReject": "sealed for the house; which loan it was about is what went wrong",
    "agencies.ContactLogReject": "the same of its log of contacts",
    "agencies.RecordingReject": "the same of its recordings",
    "conduct.RejectedListing": "the same for lists of others",
    "outreach.LetterStatusReject": "the same for status files of print houses",
    "outreach.UnknownText": "sealed for the house; from a number that nobody here has",
    "outreach.TextPart": "the same, in parts, and taken away a day after they were read",
    "conduct.Listing": "values of others' lists, as keyed hashes that cannot be turned round",
    "conduct.ListUpload": "the key of a file, which goes with it once the file was read",
    "evidence.Entry": "tokens and commitments only",
    "vault.Opening": "of staff: who opened a recording and why",
    "recordings.Playback": "the same of recordings that are not in the vault",
}
_NAMES_OF_A_PERSON = {"loan_no", "obligor_no", "party_no", "debtor"}


def _is_about_people(model: type[models.Model], known: set[str]) -> bool:
    fields = model._meta.concrete_fields
    return any(
        field.name in _NAMES_OF_A_PERSON
        or field.name.endswith("_sealed")
        or (field.is_relation and field.related_model._meta.label in known)
        for field in fields
    )


def _models() -> list[type[models.Model]]:
    return [one for one in apps.get_models() if one.__module__.startswith("carrears.")]


def test_every_model_about_people_is_declared() -> None:
    declared = {one.model for one in read_register().holdings}
    known = {"parties.Party", "casework.Case"}
    about = {one._meta.label for one in _models() if _is_about_people(one, known)}

    assert about - declared - _NOBODY.keys() == set()
    assert declared <= {one._meta.label for one in _models()}
    assert not declared & _NOBODY.keys()


@pytest.mark.parametrize("holding", read_register().holdings, ids=lambda one: one.model)
def test_every_field_is_declared_once(holding: object) -> None:
    register = read_register()
    (one,) = (each for each in register.holdings if each is holding)
    fields = {field.name for field in apps.get_model(one.model)._meta.concrete_fields}

    assert set(one.fields) | one.other == fields
    assert not set(one.fields) & one.other
    assert set(one.fields.values()) <= register.categories.keys()
    assert set(one.sealed) == {name for name in one.fields if name.endswith("_sealed")}
    assert one.activity in register.activities
    assert one.by in {"party", "party_no", "loan_no"}


def test_the_record_says_every_activity_in_both_languages() -> None:
    register = read_register()
    for language in LANGUAGES:
        told = processing_record(language)
        assert len(told.splitlines()) == 2 + len(register.activities)
        for one in register.holdings:
            assert f"`{one.model}`" in told


@pytest.mark.parametrize(("language", "page"), [("en", "rights.md"), ("zh", "zh/rights.md")])
def test_the_docs_have_the_record_as_it_is(language: str, page: str) -> None:
    assert processing_record(language) in Path(ROOT / "docs" / page).read_text(encoding="utf-8")
