"""What is typed to put a file into the vault, to open one, and to hold one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from carrears.vault.models import HoldWhy, Origin, Why
from carrears.vault.uploading import SENDERS, UPLOADED
from carrears.workbench.labels import label_of

_STATUS_BYTES = 10 << 20


def _choices(codes: Any, group: str) -> list[tuple[str, Any]]:
    return [(str(code), label_of(str(code), group).text) for code in codes]


class AddFileForm(forms.Form):
    """A file, what it is, and who sent it."""

    kind = forms.ChoiceField(label=_("Kind"), choices=_choices(UPLOADED, "file_kind"))
    origin = forms.ChoiceField(
        label=_("Sent in by"), choices=_choices(SENDERS, "file_origin"), required=False
    )
    file = forms.FileField(label=_("File"), max_length=200)

    def clean_origin(self) -> str:
        """Who sent it; where nobody is named, the house itself."""
        return str(self.cleaned_data["origin"] or Origin.HOUSE)


class OpenFileForm(forms.Form):
    """Why a file is opened."""

    why = forms.ChoiceField(label=_("Reason"), choices=_choices(Why.values, "file_why"))
    note = forms.CharField(label=_("Remark"), max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        """Another reason than those that have a name needs words."""
        told = super().clean() or self.cleaned_data
        if told.get("why") == Why.OTHER and not told.get("note", "").strip():
            self.add_error("note", _("A reason is needed."))
        return told


class StatusFileForm(forms.Form):
    """What a print house and the post tell of letters."""

    file = forms.FileField(label=_("Status file"), max_length=200)

    def clean_file(self) -> UploadedFile[bytes]:
        """The file, if it is small enough."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > _STATUS_BYTES:
            raise forms.ValidationError(_("The file is above 10 MB; cut it."))
        return file


class HoldFileForm(forms.Form):
    """Why files are kept whatever their time."""

    why = forms.ChoiceField(label=_("Reason"), choices=_choices(HoldWhy.values, "file_hold"))
    note = forms.CharField(label=_("File number or remark"), max_length=500)
