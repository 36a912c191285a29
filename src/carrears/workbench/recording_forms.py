"""What is asked of whoever wants to play a recording."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from carrears.recordings.models import Why
from carrears.workbench.labels import label_of


class PlayForm(forms.Form):
    """For what it is played, and a few words about it."""

    why = forms.ChoiceField(label=_("For what"))
    note = forms.CharField(label=_("Why this one"), max_length=400)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["why"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  see above
        field.choices = [("", "–")] + [
            (code, label_of(code, "play_reason").text) for code in Why.values
        ]
