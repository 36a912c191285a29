"""The filters of lists of cases, as an address names them and as they are shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.case_marks import MARKS
from carrears.casework.models import Case
from carrears.casework.narrowing import NOBODY, Narrowing
from carrears.delinquency.buckets import load_buckets
from carrears.workbench.labels import label_of
from carrears.workbench.queries.catalogue import all_titled, treatment_title
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.queue import CaseFilters

_ME = "me"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterQuery:
    """What an address asks for; anything that makes no sense is left out."""

    text: str
    buckets: frozenset[int]
    treatment: str
    step: str
    owner: str
    flag: str

    @property
    def is_narrowed(self) -> bool:
        """Whether it leaves anything out."""
        narrowing = (self.text, self.buckets, self.treatment, self.step, self.owner, self.flag)
        return any(narrowing)

    def narrowing(self, user: User) -> Narrowing:
        """The same for the service; ``me`` is who asks."""
        return Narrowing(
            text=self.text,
            buckets=tuple(sorted(self.buckets)),
            treatments=(self.treatment,) if self.treatment else (),
            step=self.step,
            owner=str(user.pk) if self.owner == _ME else self.owner,
            flag=self.flag if self.flag in MARKS else "",
        )


def parse_filters(
    params: QueryDict, *, also: Sequence[str] = (), with_current: bool = False
) -> FilterQuery:
    """The filters of an address; ``also`` are marks that only the list itself knows.

    With ``with_current`` those may be asked for who are not behind.
    """
    flag, owner = params.get("flag", ""), params.get("owner", "")
    first = 0 if with_current else 1
    known = {str(number): number for number in range(first, len(load_buckets().names))}
    return FilterQuery(
        text=params.get("q", "").strip().replace("\0", ""),
        buckets=frozenset(known[b] for b in params.getlist("bucket") if b in known),
        treatment=params.get("treatment", "").replace("\0", ""),
        step=params.get("step", "").replace("\0", ""),
        owner=owner if owner in {_ME, NOBODY} or _is_user_number(owner) else "",
        flag=flag if flag in MARKS or flag in also else "",
    )


def _is_user_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004  of an integer


def filters_of(
    user: User,
    query: FilterQuery,
    mine: QuerySet[Case],
    counts: Mapping[int, int] | None = None,
    *,
    also: Iterable[tuple[str, str]] = (),
    with_current: bool = False,
    treatments: Collection[str] | None = None,
) -> CaseFilters:
    """The filters as the reader has set them; ``mine`` are the cases that he sees.

    ``treatments`` are theirs where they are known already.
    """
    flags = [("", gettext("All")), *also, *((f, str(label_of(f, "flag").text)) for f in MARKS)]
    return CaseFilters(
        text=query.text,
        buckets=tuple(
            Option(
                value=str(number),
                label=name,
                selected=number in query.buckets,
                count=None if counts is None else counts.get(number, 0),
            )
            for number, name in enumerate(load_buckets().names)
            if number or with_current
        ),
        treatments=()
        if acts_for(user)
        else options(_treatments(mine, treatments), query.treatment),
        steps=()
        if acts_for(user)
        else options([("", gettext("All")), *all_titled("step")], query.step),
        owners=options(_owners(user, mine), query.owner),
        flags=options(flags, query.flag),
        active=query.is_narrowed,
    )


def options(pairs: Iterable[tuple[str, str]], chosen: str) -> tuple[Option, ...]:
    """A list of values with their names, one of them chosen."""
    return tuple(Option(value, label, value == chosen) for value, label in pairs)


def _treatments(mine: QuerySet[Case], known: Collection[str] | None) -> list[tuple[str, str]]:
    codes: Iterable[str] | None = known
    if codes is None:
        codes = mine.order_by().values_list("treatment", flat=True).distinct()
    named = [(code, treatment_title(code)) for code in sorted(codes) if code]
    return [("", gettext("All")), *named]


def _owners(user: User, mine: QuerySet[Case]) -> list[tuple[str, str]]:
    if not user.has_perm("casework.view_all_cases"):
        # Whoever works for an agency sees what was placed with it, whoever does it there.
        return [("", gettext("Placed with us") if acts_for(user) else gettext("My cases"))]
    people = User.objects.filter(pk__in=mine.order_by().values("assignee").distinct())
    listed = sorted((str(person), str(person.pk)) for person in people if person.pk != user.pk)
    return [
        ("", gettext("Everybody's")),
        (_ME, gettext("My cases")),
        (NOBODY, gettext("Nobody's")),
        *((pk, name) for name, pk in listed),
    ]
