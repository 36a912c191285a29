"""What is typed about people of the house and where they belong."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import Tree
from carrears.workbench.queries.staff import role_titles


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _reason(help_text: Any = "", *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=_("Reason"), max_length=200, required=required, help_text=help_text
    )


_FOR_THE_SECOND = _("Needed where a second person has to confirm it.")


class _Placed(forms.Form):
    """With a choice of the organisations that are open."""

    organisation = forms.ModelChoiceField(
        label=_("Organisation"),
        queryset=Organisation.objects.none(),
        to_field_name="key",
        empty_label=None,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        field.queryset = Organisation.objects.filter(closed_at=None)  # type: ignore[attr-defined]
        field.choices = [  # type: ignore[attr-defined]
            (one.key, "　" * depth + one.name)
            for depth, one in Tree.load().in_order()
            if one.closed_at is None
        ]


class NewPersonForm(_Placed):
    """A new account."""

    username = forms.CharField(
        label=_("User name"), max_length=150, help_text=_("Letters, digits and @ . + - _")
    )
    display_name = forms.CharField(label=_("Name"), max_length=80)
    email = forms.EmailField(label=_("E-mail"), required=False)
    field_order = ("username", "display_name", "email", "organisation")


class RolesForm(forms.Form):
    """The roles that somebody has from now on."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = _reason(_FOR_THE_SECOND)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["roles"]
        field.choices = list(role_titles().items())  # type: ignore[attr-defined]
        field.initial = list(user.groups.values_list("name", flat=True))


class PlaceForm(_Placed):
    """Where somebody belongs from a day on."""

    home = forms.TypedChoiceField(
        label=_("As"),
        choices=[("home", _("Home: he moves there")), ("further", _("A further organisation"))],
        coerce=lambda value: value == "home",
    )
    from_on = forms.DateField(label=_("Begins on"), widget=_date())
    until_on = forms.DateField(
        label=_("Ends on"), required=False, widget=_date(), help_text=_("Leave it empty for good.")
    )
    reason = _reason(_FOR_THE_SECOND)

    def __init__(self, *args: Any, today: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_on"].initial = today


class ResetForm(forms.Form):
    """A new link for somebody."""

    factors = forms.BooleanField(label=_("Remove his second factors too"), required=False)
    reason = _reason(_FOR_THE_SECOND)


class ReasonOnlyForm(forms.Form):
    """Why."""

    reason = _reason(required=True)


class LeaveForm(forms.Form):
    """The last day of a membership."""

    last_on = forms.DateField()


class NewOrganisationForm(forms.Form):
    """A branch, a team or an agency."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            (Kind.TEAM, _("Team")),
            (Kind.BRANCH, _("Branch")),
            (Kind.AGENCY, _("Agency")),
        ],
    )
    key = forms.RegexField(
        label=_("Short name"),
        regex=r"^[A-Za-z0-9_.-]{1,64}$",
        help_text=_("Letters, digits and _ . - An agency is known to its mandates by it."),
    )
    name = forms.CharField(label=_("Name"), max_length=80)
    parent = forms.ChoiceField(
        label=_("Part of"), required=False, help_text=_("An agency stands by itself.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parent"].choices = [  # type: ignore[attr-defined]
            ("", "–"),
            *(
                (one.key, "　" * depth + one.name)
                for depth, one in Tree.load().in_order()
                if one.closed_at is None and one.kind != Kind.TEAM
            ),
        ]

    def clean_parent(self) -> Organisation | None:
        """The organisation above."""
        key = self.cleaned_data["parent"]
        return Organisation.objects.get(key=key) if key else None


class ChosenPasswordForm(forms.Form):
    """The password that the owner of a link chooses."""

    password1 = forms.CharField(
        label=_("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("New password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_password2(self) -> str:
        """Both the same, and good enough."""
        first, second = self.cleaned_data.get("password1"), self.cleaned_data["password2"]
        if first != second:
            raise forms.ValidationError(_("The two are not the same."))
        validate_password(second, self._user)
        return str(second)
