"""What is typed to move cases by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from carrears.access.models import User
from carrears.casework.models import Way
from carrears.casework.move_plans import Chosen, MoveWanted

_LOANS_AT_ONCE = 1000


class MoveForm(forms.Form):
    """Which cases go where, and why; ``people`` are the collectors whom the reader leads."""

    owner = forms.ChoiceField(label=_("Whose cases"), required=False)
    target = forms.ChoiceField(label=_("To whom"))
    bucket_from = forms.IntegerField(label=_("Bucket from"), required=False, min_value=0)
    bucket_to = forms.IntegerField(label=_("Bucket until"), required=False, min_value=0)
    people = forms.IntegerField(
        label=_("People at most"),
        required=False,
        min_value=1,
        help_text=_("The most urgent first; empty: all of them."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=120)
    loan_nos = forms.CharField(
        label=_("Loan numbers"),
        required=False,
        max_length=70_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Between spaces, commas or lines; empty: all that are his."),
    )

    spare_promised = forms.BooleanField(
        label=_("Leave whoever promised to pay soon"), required=False, initial=True
    )

    def __init__(self, *args: Any, collectors: Mapping[int, User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._collectors = collectors
        named = [(str(pk), str(user)) for pk, user in collectors.items()]
        owner, target = self.fields["owner"], self.fields["target"]
        assert isinstance(owner, forms.ChoiceField)  # noqa: S101  declared above
        assert isinstance(target, forms.ChoiceField)  # noqa: S101  declared above
        owner.choices = [("", gettext("Anybody's")), ("none", gettext("Nobody's")), *named]
        target.choices = [
            (Way.RULES.value, gettext("By the rules anew")),
            (Way.POOL.value, gettext("Back to the pool")),
            *named,
        ]

    def clean_loan_nos(self) -> tuple[str, ...]:
        """The loan numbers, each once."""
        words = [one for one in re.split(r"[\s,;，；、]+", self.cleaned_data["loan_nos"]) if one]
        if len(words) > _LOANS_AT_ONCE:
            raise forms.ValidationError(gettext("These are too many loan numbers at once."))
        return tuple(dict.fromkeys(words))

    def clean(self) -> dict[str, Any]:
        """Something has to narrow what is moved."""
        told = super().clean() or {}
        if not told.get("owner") and not told.get("loan_nos") and not self.errors:
            raise forms.ValidationError(gettext("Say whose cases are meant, or which."))
        return told

    def wanted(self) -> MoveWanted:
        """The move that was asked for."""
        told = self.cleaned_data
        owner, target = told["owner"], told["target"]
        to = self._collectors.get(int(target)) if target.isdigit() else None
        return MoveWanted(
            chosen=Chosen(
                owner=self._collectors.get(int(owner)) if owner.isdigit() else None,
                unowned=owner == "none",
                loan_nos=told["loan_nos"],
                bucket_from=told["bucket_from"],
                bucket_to=told["bucket_to"],
                people=told["people"],
            ),
            way=Way.PERSON if to is not None else Way(target),
            to=to,
            spare_promised=told["spare_promised"],
        )
