"""What is typed to draft a message template and to lead it to its approval."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, get_args

from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from carrears.outreach.template_variables import KIND_OF
from carrears.outreach.templates import Channel, Purpose, Stage, TemplateFile
from carrears.strategy.manner import TONES
from carrears.workbench.labels import label_of
from carrears.workbench.queries.catalogue import all_titled

# The languages that can be written here; a template may have others from its file.
_LOCALES = ("zh-CN", "en-US")


class NewTemplateForm(forms.Form):
    """The name of a template that there is not yet, and by which channel it goes."""

    key = forms.RegexField(
        label=_("Name of the template"),
        regex=r"^[a-z_]{1,40}$",
        help_text=_("By which strategies ask for it: small letters and _"),
    )
    channel = forms.ChoiceField(label=_("Contact channel"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self.fields["channel"], get_args(Channel), "channel")


class TemplateForm(forms.Form):
    """The words of a template in each language, and what it is for."""

    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    about = forms.CharField(
        label=_("Title of the template"),
        max_length=120,
        help_text=_("in both languages, as 中文｜English"),
    )
    purpose = forms.ChoiceField(label=_("Purpose"))
    stages = forms.MultipleChoiceField(
        label=_("Only for these stages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    variant_of = forms.ChoiceField(
        label=_("Variant of"),
        required=False,
        help_text=_(
            "the strategy names that one, and its tone and offer choose among the variants"
        ),
    )
    tone = forms.ChoiceField(label=_("Tone"), required=False)
    offer = forms.ChoiceField(label=_("What it offers"), required=False)
    variables = forms.MultipleChoiceField(
        label=_("Variables that it uses"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, *args: Any, words: TemplateFile, bases: Sequence[str] = (), **kwargs: Any
    ) -> None:
        self.words = words
        kwargs.setdefault("initial", _initial(words))
        super().__init__(*args, **kwargs)
        _choose(self.fields["purpose"], get_args(Purpose), "template_purpose")
        _choose(self.fields["stages"], get_args(Stage), "stage")
        self._add_manner(bases)
        kinds = {name: label_of(kind, "variable_kind").text for name, kind in KIND_OF.items()}
        names = [(one, f"{{{one}}} · {kind}") for one, kind in kinds.items()]
        field = self.fields["variables"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  declared so above
        field.choices = names
        self.locales = tuple(dict.fromkeys((*_LOCALES, *words.locales)))
        for locale in self.locales:
            self._add_language(locale, with_subject=words.channel != "sms")

    def _add_manner(self, bases: Sequence[str]) -> None:
        """What a variant is chosen by; what it says already may be said again."""
        offers = dict(all_titled("offer"))
        if self.words.offer:
            offers.setdefault(self.words.offer, self.words.offer)
        keys = sorted({*bases, self.words.variant_of} - {"", self.words.key})
        told: dict[str, list[tuple[Any, Any]]] = {
            "variant_of": [("", _("of none")), *((key, key) for key in keys)],
            "tone": [("", _("no particular one")), *((t, label_of(t, "tone").text) for t in TONES)],
            "offer": [("", _("nothing")), *offers.items()],
        }
        for name, choices in told.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared so above
            field.choices = choices

    def _add_language(self, locale: str, *, with_subject: bool) -> None:
        if with_subject:
            self.fields[f"subject_{locale}"] = forms.CharField(
                label=_("Subject"), max_length=200, required=False
            )
        self.fields[f"body_{locale}"] = forms.CharField(
            label=_("Text"),
            max_length=20_000,
            required=False,
            strip=False,
            widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "true"}),
        )

    @property
    def languages(self) -> list[tuple[str, Any, Any]]:
        """The fields of each language: its code, the subject (None for texts) and the body."""
        return [
            (
                locale,
                self[f"subject_{locale}"] if f"subject_{locale}" in self.fields else None,
                self[f"body_{locale}"],
            )
            for locale in self.locales
        ]

    def clean(self) -> dict[str, Any]:
        """The words as a template's file would say them; a language without any is left out."""
        told: dict[str, Any] = super().clean() or {}
        if self.errors:
            return told
        locales = {
            locale: {"subject": told.get(f"subject_{locale}", ""), "body": body}
            for locale in self.locales
            if (body := told[f"body_{locale}"].replace("\r\n", "\n")).strip()
        }
        try:
            told["words"] = TemplateFile.model_validate(
                {
                    "key": self.words.key,
                    "channel": self.words.channel,
                    "purpose": told["purpose"],
                    "about": told["about"],
                    "stages": told["stages"],
                    "variant_of": told["variant_of"],
                    "tone": told["tone"],
                    "offer": told["offer"],
                    "variables": {name: KIND_OF[name] for name in told["variables"]},
                    "locales": locales,
                }
            )
        except ValidationError:
            self.add_error(None, _("That does not fit."))
        return told


class ProposeTemplateForm(forms.Form):
    """From when it is to be sent, and why it changes; ``revision`` is what he read."""

    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    effective_on = forms.DateField(
        label=_("Sent from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, today: date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_on"].initial = today


def _choose(field: forms.Field, codes: tuple[str, ...], label: str) -> None:
    assert isinstance(field, forms.ChoiceField)  # noqa: S101  the forms above declare so
    field.choices = [(code, label_of(code, label).text) for code in codes]


def _initial(words: TemplateFile) -> dict[str, Any]:
    texts: dict[str, Any] = {}
    for locale, text in words.locales.items():
        texts |= {f"subject_{locale}": text.subject, f"body_{locale}": text.body}
    return texts | {
        "about": words.about,
        "purpose": words.purpose,
        "stages": list(words.stages),
        "variant_of": words.variant_of,
        "tone": words.tone,
        "offer": words.offer,
        "variables": list(words.variables or {}),
    }
