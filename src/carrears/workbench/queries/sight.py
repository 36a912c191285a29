"""What a reader sees of personal data: masked, but for the names of his own cases."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.parties.blind import Kind
from carrears.parties.masking import mask
from carrears.workbench.view_models.common import Sensitive


@dataclass(frozen=True, slots=True)
class Sight:
    """One reader's sight of the people of one case."""

    loan_no: str
    country: str
    clear_names: bool
    may_reveal: bool

    def name(self, ref: str, value: str) -> Sensitive:
        """A name: in clear to whoever works the case."""
        if value and not self.clear_names:
            return self.hidden(Kind.NAME, ref, value)
        return Sensitive(self.name_text(value))

    def name_text(self, value: str) -> str:
        """A name where it cannot be revealed, as in a list."""
        if not value:
            return gettext("Name unknown")
        return value if self.clear_names else mask(Kind.NAME, value)

    def veiled(self, text: str, name: str) -> str:
        """A text in which somebody is named."""
        return text.replace(name, self.name_text(name)) if name else text

    def hidden(self, kind: Kind, ref: str, value: str) -> Sensitive:
        """Anything else: masked, with the way to reveal it for those who may."""
        if not value:
            return Sensitive("")
        url = reverse("workbench:reveal", args=[self.loan_no, kind.value, ref])
        text = mask(kind, value, country=self.country)
        return Sensitive(text, masked=True, reveal_url=url if self.may_reveal else "")


def sight_of(user: User, case: Case) -> Sight:
    """What ``user`` sees of the people of ``case``, which he may see."""
    works = user.has_perm("casework.work_case")
    return Sight(
        loan_no=case.loan_no,
        country="US" if case.jurisdiction.startswith("us") else "CN",
        clear_names=works and case.assignee_id == user.pk,
        may_reveal=works,
    )
