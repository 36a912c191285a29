"""What is typed to change the cadences of a strategy's draft: YAML, as in their file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carrears.outreach.template_book import words_of_house
from carrears.strategy.cadence_faults import find_cadence_faults
from carrears.strategy.cadences import PART
from carrears.strategy.errors import DocumentError
from carrears.strategy.reasons import in_other_words
from carrears.yamls import load_yaml


class CadencesForm(forms.Form):
    """The cadences of a draft. Empty: those of the files are said."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("Cadences of this strategy"),
        required=False,
        max_length=100_000,
        strip=False,
        help_text=_("as in cadences.yaml; empty: what the files say"),
        widget=forms.Textarea(attrs={"rows": 14, "class": "mono", "spellcheck": "false"}),
    )

    def __init__(
        self, *args: Any, document: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._document = document or {}  # whose tables may name treatments of their own

    def clean_text(self) -> dict[str, Any] | None:
        """The cadences as a document carries them; None where it is to carry none."""
        text = self.cleaned_data["text"]
        try:
            told: dict[str, Any] | None = load_yaml(text)
            if isinstance(told, dict) and set(told) == {PART}:
                told = told[PART]
        except yaml.YAMLError as error:
            raise forms.ValidationError(str(error)) from error
        if told is not None:
            document = {**self._document, PART: told}
            if faults := find_cadence_faults(document, house=words_of_house()):
                raise forms.ValidationError([_in_words(one) for one in faults])
        return told


def _in_words(fault: DocumentError) -> str:
    """Where it stands and what is wrong, in the reader's language."""
    place = fault.place
    parts = [gettext("line %(row)s") % {"row": place.row}] if place.row is not None else []
    parts += [place.column] if place.column else []
    reason = in_other_words(fault.reason, gettext)
    return f"{', '.join(parts)}: {reason}" if parts else reason


def cadences_text(cadences: Mapping[str, Any]) -> str:
    """Cadences as YAML to be edited."""
    return yaml.safe_dump(dict(cadences), allow_unicode=True, sort_keys=False, width=100)
