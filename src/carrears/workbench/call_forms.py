"""What is typed in after a call."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from carrears.outreach.calls import NOT_DIALLED, RESULTS
from carrears.outreach.models import AnsweredBy
from carrears.workbench.labels import LABELS, label_of

_ANSWERS = {"": None, "yes": True, "no": False}


class ResultForm(forms.Form):
    """What came of a call: its result, whether it was effective, who answered, and a note."""

    result = forms.ChoiceField(label=_("Result"))
    effective = forms.ChoiceField(
        label=_("Effective call"),
        required=False,
        choices=[("", _("as the result says")), ("yes", _("yes")), ("no", _("no"))],
    )
    answered_by = forms.ChoiceField(label=_("Who answered"), required=False)
    note = forms.CharField(
        label=_("Note"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, pk: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"id_call{pk}_%s"  # several stand on one page
        codes = [code for code in LABELS["result"] if code in RESULTS or code == NOT_DIALLED]
        results = [(code, label_of(code, "result").text) for code in codes]
        people = [(code, label_of(code, "answered_by").text) for code in AnsweredBy.values]
        self._offer("result", [("", "–"), *results])
        self._offer("answered_by", [("", _("as the result says")), *people])

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  see above
        field.choices = choices

    def clean_effective(self) -> bool | None:
        """None where the result says it."""
        return _ANSWERS[self.cleaned_data["effective"]]
