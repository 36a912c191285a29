"""The form of a new API token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from carrears.access.dangers import is_wide
from carrears.signin.tokens import known_scopes

LONGEST_DAYS = 365


class TokenForm(forms.Form):
    """What the token is for, what it may do and how long."""

    name = forms.CharField(label=_("What it is for"), max_length=80)
    days = forms.IntegerField(
        label=_("Days it is good"), initial=90, min_value=1, max_value=LONGEST_DAYS
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        help_text=_("Never more than you may yourself. Hold Ctrl or ⌘ to choose several."),
        widget=forms.SelectMultiple(attrs={"size": 8}),
    )

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        help_text=_(
            "Needed for a token that may do nearly everything: a second person confirms it."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scopes"]
        field.choices = [(one, one) for one in known_scopes()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A wide token needs a reason."""
        told: dict[str, Any] = super().clean() or {}
        if is_wide(told.get("scopes", ())) and not told.get("reason"):
            self.add_error("reason", _("A reason is needed."))
        return told
