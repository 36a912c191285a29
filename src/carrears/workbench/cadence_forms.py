"""What is typed to change the cadences of a strategy's draft: YAML, as in their file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from django import forms
from django.utils.translation import gettext_lazy as _

from carrears.strategy.cadences import PART, CadenceError, read_cadences


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

    def clean_text(self) -> dict[str, Any] | None:
        """The cadences as a document carries them; None where it is to carry none."""
        text = self.cleaned_data["text"]
        try:
            told: dict[str, Any] | None = yaml.safe_load(text)
            if isinstance(told, dict) and set(told) == {PART}:
                told = told[PART]
            if told is not None:
                read_cadences(told, where=PART)
        except (yaml.YAMLError, CadenceError) as error:
            raise forms.ValidationError(str(error)) from error
        return told


def cadences_text(cadences: Mapping[str, Any]) -> str:
    """Cadences as YAML to be edited."""
    return yaml.safe_dump(dict(cadences), allow_unicode=True, sort_keys=False, width=100)
