"""What staff type in on a case. The services check again what only they can know."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from carrears.exchange.mapping import load_mapping, shipped_names
from carrears.workbench.queries.language import side_of

LARGEST_UPLOAD = settings.TAPE_UPLOAD_MB << 20


class NoteForm(forms.Form):
    """A note for the timeline."""

    text = forms.CharField(
        label=_("Note"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("@name tells a colleague who may see this case."),
    )


class FollowUpForm(forms.Form):
    """Another day to come back on than the rules say, and why."""

    on = forms.DateField(
        label=_("Come back on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    at = forms.TimeField(
        label=_("Not before"),
        required=False,
        help_text=_("By the debtor's clock; empty: all day."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    reason = forms.CharField(label=_("Reason"), max_length=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "id_follow_up_%s"  # others of the page ask for a reason too


class LedgerForm(forms.Form):
    """Which day a loan is looked at, and by what was known when."""

    on = forms.DateField(
        label=_("On the day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    known = forms.DateField(
        label=_("By what was known on"),
        required=False,
        help_text=_("Leave it empty for all that is known now."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class StatementForm(LedgerForm):
    """Of which day a statement is wanted, and in which language."""

    language = forms.ChoiceField(choices=(("zh", _("Chinese")), ("en", _("English"))))


class UploadForm(forms.Form):
    """A tape or a corrected file, and the mapping that reads it."""

    file = forms.FileField(label=_("File"), max_length=200)
    mapping = forms.ChoiceField(
        label=_("Mapping"),
        initial="carrears",
        choices=lambda: [
            (name, side_of(load_mapping(name).title) or name) for name in shipped_names()
        ],
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """The file, if it is small enough."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_UPLOAD:
            text = _("At most %(size)s here; bring larger files in by the command line.")
            raise forms.ValidationError(text, params={"size": filesizeformat(LARGEST_UPLOAD)})
        return file


class NewDraftForm(forms.Form):
    """A draft that begins as what is in force."""

    title = forms.CharField(label=_("What changes, in a few words"), max_length=120)


class SimulationForm(forms.Form):
    """Two strategies and the past days on which they are set beside each other."""

    first = forms.ChoiceField(label=_("Set beside"))
    second = forms.ChoiceField(label=_("Strategy"))
    since = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("Last day"),
        help_text=_("The month-ends between the two, at most 36; the same day twice for one day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self,
        *args: Any,
        strategies: list[tuple[str, str]],
        earliest: date,
        latest: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "second"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  see above
            field.choices = strategies
        for name in ("since", "until"):
            ends = {"min": earliest.isoformat(), "max": latest.isoformat()}
            self.fields[name].widget.attrs |= ends
            self.fields[name].initial = latest


class SubmitDraftForm(forms.Form):
    """From when a draft is to decide, and why."""

    effective_on = forms.DateField(
        label=_("Decides from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(
        label=_("Why"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReasonForm(forms.Form):
    """A reason that has to be given."""

    reason = forms.CharField(
        label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class ApproveForm(forms.Form):
    """An approval; words are welcome but not needed."""

    reason = forms.CharField(
        label=_("Remark"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
