"""What is typed to record a person's word: a consent, a refusal, or a consent taken back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from carrears.clock import local_day, now
from carrears.parties.consent_texts import Purpose
from carrears.workbench.labels import label_of

# By what a word comes in when a person of staff records it.
SOURCES = ("form", "call", "letter", "in_person", "email")
YES, NO = "yes", "no"


class ConsentForm(forms.Form):
    """A word of one person for one purpose; ``text`` is ``version:language`` of what was read."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    purpose = forms.CharField(max_length=64, widget=forms.HiddenInput)
    person = forms.ChoiceField(label=_("Whose word"))
    word = forms.ChoiceField(label=_("Word"))
    text = forms.ChoiceField(
        label=_("Text and language read"), required=False, widget=forms.RadioSelect
    )
    source = forms.ChoiceField(
        label=_("How the word came in"),
        choices=[(code, label_of(code, "source").text) for code in SOURCES],
    )
    given_at = forms.DateTimeField(
        label=_("Said at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        purpose: tuple[str, Purpose],
        people: Sequence[tuple[str, str]],
        texts: Mapping[str, date],
        may_grant: bool,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        code, told = purpose
        given = {"key": uuid.uuid4().hex, "given_at": now(), "purpose": code, **(initial or {})}
        super().__init__(data, initial=given)
        self.texts = texts
        words = [(YES, _("Consents, having read the text"))] if may_grant else []
        words.append((NO, _("Refuses or takes it back")))
        self.fields["person"] = forms.ChoiceField(label=_("Whose word"), choices=people)
        self.fields["word"] = forms.ChoiceField(label=_("Word"), choices=words)
        if told.scopes:
            channels = [(one, label_of(one, "channel").text) for one in told.scopes]
            self.fields["channel"] = forms.ChoiceField(label=_("Way"), choices=channels)
        self.fields["text"] = forms.ChoiceField(
            label=_("Text and language read"),
            required=False,
            widget=forms.RadioSelect,
            choices=[("", _("No text: the person refuses")), *((one, one) for one in texts)],
        )

    def clean_given_at(self) -> datetime:
        """It was said before it was written down."""
        given: datetime = self.cleaned_data["given_at"]
        if given > now():
            raise forms.ValidationError(_("The moment is still to come."))
        return given

    def clean(self) -> dict[str, Any]:
        """A consent is one to words that were read, and that were in use on that day."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        text, given = told.get("text", ""), told.get("given_at")
        if told.get("word") == YES and not text:
            self.add_error("text", _("A consent needs the text that was read."))
        elif text and given and local_day(given, settings.TIME_ZONE) < self.texts[text]:
            self.add_error("text", _("This text was not in use on that day."))
        return told
