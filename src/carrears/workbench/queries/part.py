"""The part of the book and of the house to which the dashboard is narrowed, by its address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext

from carrears.access.models import Organisation, User
from carrears.access.seeing import reach_of
from carrears.analytics import services
from carrears.analytics.choices import Choices
from carrears.casework.part_of_house import loans_worked_in, parts_seen
from carrears.delinquency.buckets import load_buckets
from carrears.portfolio.services import BookError
from carrears.workbench.queries.book import Keep
from carrears.workbench.queries.figure_table import segment_title, segment_value
from carrears.workbench.queries.narrowing import (
    address_of,
    filter_choices,
    filters_of,
    list_choice,
)
from carrears.workbench.view_models.analytics import Choice

ORGANISATION: Final = "organisation"
BUCKET: Final = "bucket"


class NoSuchPartError(LookupError):
    """A team or a branch that there is not, or that the reader does not see."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is left, as ``reader`` may see it; the whole where nothing is said."""

    segments: dict[str, str]
    organisation: Organisation | None = None
    bucket: int | None = None
    reader: User | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return not self.segments and self.organisation is None and self.bucket is None

    @property
    def sees_work(self) -> bool:
        """Whether the reader sees all that is done on its loans: what he sees in part, misleads."""
        sees_all = self.reader is not None and reach_of(self.reader).everything
        return sees_all or self.organisation is not None

    def address(self) -> dict[str, str]:
        """The same as an address writes it."""
        told = address_of(self.segments)
        if self.organisation is not None:
            told[ORGANISATION] = self.organisation.key
        if self.bucket is not None:
            told[BUCKET] = str(self.bucket)
        return told

    def words(self) -> str:
        """The same in the reader's language; empty of the whole."""
        return gettext(", ").join(f"{title}: {value}" for title, value in self._named())

    def _named(self) -> Iterator[tuple[str, str]]:
        if self.organisation is not None:
            yield gettext("Team or branch"), self.organisation.name
        if self.bucket is not None:
            yield gettext("Bucket"), load_buckets().names[self.bucket]
        for name, value in self.segments.items():
            yield segment_title(name), segment_value(name, value)


def part_of(params: QueryDict, reader: User | None) -> Part:
    """The part that an address asks for; a bucket that is none is left out.

    Raises:
        NoSuchPartError: a team or branch that ``reader`` does not see.
    """
    known = {str(number): number for number in range(len(load_buckets().names))}
    return Part(
        segments=filters_of(params),
        organisation=_organisation(params.get(ORGANISATION, ""), reader),
        bucket=known.get(params.get(BUCKET, "")),
        reader=reader,
    )


def words_of(told: Mapping[str, str]) -> str:
    """In words the part that an address writes so, for who need not see what is in it."""
    rest = QueryDict(mutable=True)
    rest.update({name: value for name, value in told.items() if name != ORGANISATION})
    named = Organisation.objects.filter(key=told.get(ORGANISATION, "")).first()
    return replace(part_of(rest, None), organisation=named).words()


def part_choices(choices: Choices | None, part: Part) -> tuple[Choice, ...]:
    """A list for each way to narrow that has something to choose from."""
    return (*_of_house(part), *filter_choices(choices, part.segments))


def keep_of(part: Part) -> Keep | None:
    """The loans of a part; None for all of them, or without a book.

    Raises:
        PermissionDenied: its reader may see no cases.
    """
    if part.is_whole:
        return None
    try:
        lent = services.open_months().lent()
    except BookError:
        return None  # nothing to narrow by
    loans = None
    if part.organisation is not None and part.reader is not None:
        loans = loans_worked_in(part.organisation, seen_by=part.reader)
    return Keep(str(lent), tuple(sorted(part.segments.items())), part.bucket, loans)


def _organisation(key: str, reader: User | None) -> Organisation | None:
    if not key:
        return None
    seen = parts_seen(reader) if reader is not None else []
    found = next((one for _, one in seen if one.key == key), None)
    if found is None:
        raise NoSuchPartError(key)
    return found


def _of_house(part: Part) -> Iterator[Choice]:
    if seen := parts_seen(part.reader) if part.reader is not None else []:
        least = min(depth for depth, _ in seen)
        named = [(one.key, "　" * (depth - least) + one.name) for depth, one in seen]
        chosen = part.organisation.key if part.organisation else ""
        listed = [("", gettext("All")), *named]
        yield list_choice(ORGANISATION, gettext("Team or branch"), listed, chosen)
    buckets = [(str(number), name) for number, name in enumerate(load_buckets().names)]
    chosen = "" if part.bucket is None else str(part.bucket)
    yield list_choice(BUCKET, gettext("Bucket"), [("", gettext("All")), *buckets], chosen)
