"""What is told of a list that others keep, when its file is brought in."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any, get_args

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from carrears.conduct.foreign import ALGORITHMS, FORMS, SALT_AT, Scheme
from carrears.conduct.industry_lists import ListTerms
from carrears.conduct.list_uploads import terms_of
from carrears.conduct.models import DoNotContact, IndustryList, ListUpload
from carrears.conduct.services import Scope
from carrears.conduct.vocabulary import Channel
from carrears.parties.blind import DIALLING
from carrears.workbench.forms import LARGEST_UPLOAD
from carrears.workbench.labels import label_of


def _choices(codes: tuple[str, ...], group: str) -> list[tuple[str, Any]]:
    return [(code, label_of(code, group).text) for code in codes]


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ListFileForm(forms.Form):
    """A file of a list."""

    file = forms.FileField(
        label=_("File"),
        max_length=200,
        help_text=_("One value a line, or CSV; UTF-8 or GB 18030."),
    )
    column = forms.CharField(
        label=_("Column of the values"),
        max_length=80,
        required=False,
        help_text=_("By its header; leave it empty for the first one."),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """The file, if it is small enough."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_UPLOAD:
            text = _("At most %(size)s here; bring larger files in by the command line.")
            raise forms.ValidationError(text, params={"size": filesizeformat(LARGEST_UPLOAD)})
        return file


class ListForm(ListFileForm):
    """A version of a list: what it is, how it was hashed, whom it bars."""

    name = forms.CharField(label=_("Name of the list"), max_length=80)
    version = forms.CharField(label=_("Version"), max_length=40)
    source = forms.CharField(label=_("Kept by"), max_length=120)
    reason = forms.CharField(label=_("Reason"), max_length=120)
    form = forms.ChoiceField(label=_("Written as"), choices=_choices(FORMS, "list_form"))
    algorithm = forms.ChoiceField(label=_("Hash"), choices=_choices(ALGORITHMS, "list_algorithm"))
    salt = forms.CharField(label=_("Published salt"), max_length=256, required=False, strip=False)
    salt_at = forms.ChoiceField(label=_("The salt stands"), choices=_choices(SALT_AT, "salt_at"))
    country = forms.ChoiceField(
        label=_("Country of national numbers"), choices=[(code, code) for code in DIALLING]
    )
    whole_person = forms.BooleanField(
        label=_("Bar whoever has a listed number, by every number of his"), required=False
    )
    channel = forms.ChoiceField(label=_("Contact channel"), required=False)
    product = forms.CharField(label=_("Only for this product"), max_length=40, required=False)
    actor = forms.RegexField(
        label=_("Only for this agency"),
        regex=r"^[A-Za-z0-9_.-]{1,64}$",
        required=False,
        help_text=_("LENDER: the lender's own staff. Leave it empty for everybody."),
    )
    from_on = forms.DateField(label=_("Begins on"), widget=_date())
    until_on = forms.DateField(
        label=_("Ends on"),
        required=False,
        widget=_date(),
        help_text=_("Leave it empty for good."),
    )

    def __init__(
        self,
        *args: Any,
        today: date,
        like: IndustryList | None = None,
        again: ListUpload | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"from_on": today} | (_told(again) or _initial(like))
        field = self.fields["channel"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  see above
        field.choices = [("", _("All")), *_choices(get_args(Channel), "word")]
        self.fields["actor"].widget.attrs["placeholder"] = DoNotContact.OWN_STAFF

    def clean(self) -> dict[str, Any]:
        """A scheme that makes sense, and an end that is not before the beginning."""
        told: dict[str, Any] = super().clean() or {}
        first, last = told.get("from_on"), told.get("until_on")
        if first and last and last < first:
            self.add_error("until_on", _("The end lies before the beginning."))
        if told.get("salt") and told.get("algorithm") == "clear":
            self.add_error("salt", _("Values in clear have no salt."))
        elif told.get("salt_at") == "key" and not told.get("salt"):
            self.add_error("salt", _("An HMAC needs its key here."))
        return told

    def terms(self) -> ListTerms:
        """What was told, once it is valid.

        Raises:
            SchemeError: the scheme makes no sense.
        """
        told = self.cleaned_data
        scheme = {name: told[name] for name in ("form", "algorithm", "salt", "salt_at", "country")}
        kept = ("name", "version", "source", "reason", "from_on", "until_on", "whole_person")
        return ListTerms(
            **{name: told[name] for name in kept},
            scheme=Scheme(**scheme),
            scope=Scope(told["channel"], told["product"], told["actor"]),
        )


_SAME = (
    *("name", "source", "reason", "form", "algorithm", "salt", "salt_at", "country"),
    *("whole_person", "channel", "product", "actor"),
)


def _told(again: ListUpload | None) -> dict[str, Any]:
    """What was told of a file that was refused."""
    if again is None or not again.terms:
        return {}
    terms = terms_of(again)
    told = asdict(terms)
    return told | asdict(terms.scheme) | asdict(terms.scope) | {"column": again.column}


def _initial(like: IndustryList | None) -> dict[str, Any]:
    """A next version is like the one before, but for what is new of it."""
    if like is None:
        return {"algorithm": "sha256"}
    return {name: getattr(like, name) for name in _SAME}
