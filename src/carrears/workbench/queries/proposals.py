"""Dangerous changes that one person proposed and another decides on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext

from carrears.access.models import Organisation, User
from carrears.access.services import roles
from carrears.clock import now
from carrears.signin.four_eyes import MAY_CONFIRM, reasons_of
from carrears.signin.models import Proposal, ProposalKind, ProposalState
from carrears.workbench.labels import label_of
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.people import ProposalRow, ProposalsPage

_STATES = ("asked", "lapsed", "done", "refused", "withdrawn")


def visible_proposals(reader: User) -> QuerySet[Proposal]:
    """All, for those who confirm or see who belongs where; one's own, for everybody else."""
    found = Proposal.objects.select_related("subject", "asked_by", "decided_by")
    if reader.has_perm(MAY_CONFIRM) or reader.has_perm("access.assign_role"):
        return found
    return found.filter(Q(asked_by=reader) | Q(subject=reader))


def proposals_waiting(reader: User) -> int:
    """How many wait for this reader to decide."""
    if not reader.has_perm(MAY_CONFIRM):
        return 0
    waiting = Proposal.objects.filter(state=ProposalState.ASKED, ends_at__gte=now())
    return waiting.exclude(asked_by=reader).exclude(subject=reader).count()


def proposals_page(reader: User, params: QueryDict) -> ProposalsPage:
    """The proposals of a state, the newest first."""
    state = params.get("state", "")
    found = _in_state(visible_proposals(reader), state)
    pager = make_pager(params, total=found.count())
    names = {code: str(label_of(code, "proposal_state").text) for code in _STATES}
    return ProposalsPage(
        rows=_rows(reader, found[rows_of(pager)]),
        pager=pager,
        states=(
            Option("", gettext("All"), state not in names),
            *(Option(code, name, code == state) for code, name in names.items()),
        ),
        active=state in names,
    )


def proposals_of(reader: User, subject: User) -> tuple[ProposalRow, ...]:
    """What waits for a second person about somebody."""
    waiting = visible_proposals(reader).filter(
        subject=subject, state=ProposalState.ASKED, ends_at__gte=now()
    )
    return _rows(reader, waiting)


def _in_state(found: QuerySet[Proposal], state: str) -> QuerySet[Proposal]:
    if state == "lapsed":
        return found.filter(state=ProposalState.ASKED, ends_at__lt=now())
    if state == "asked":
        return found.filter(state=ProposalState.ASKED, ends_at__gte=now())
    return found.filter(state=state) if state in _STATES else found


def _rows(reader: User, found: Iterable[Proposal]) -> tuple[ProposalRow, ...]:
    listed = list(found)
    said = reasons_of(listed)
    return tuple(_row(reader, one, *said[one.pk]) for one in listed)


def _row(reader: User, one: Proposal, reason: str, decision: str) -> ProposalRow:
    waits = one.state == ProposalState.ASKED
    lapsed = waits and one.ends_at < now()
    return ProposalRow(
        pk=one.pk,
        kind=one.kind,
        state="lapsed" if lapsed else one.state,
        subject=str(one.subject),
        subject_pk=one.subject_id,
        says=_says(one),
        reason=reason,
        asked_by=str(one.asked_by),
        asked_at=one.asked_at,
        ends_at=one.ends_at,
        decided_by=str(one.decided_by) if one.decided_by else "",
        decided_at=one.decided_at,
        decision=decision,
        may_decide=waits
        and not lapsed
        and reader.has_perm(MAY_CONFIRM)
        and reader.pk not in {one.asked_by_id, one.subject_id},
        may_withdraw=waits and one.asked_by_id == reader.pk,
    )


def _says(one: Proposal) -> str:
    wanted = one.wanted
    if one.kind == ProposalKind.ROLES:
        titles = (roles()[name]["title"] for name in wanted["roles"] if name in roles())
        named = ", ".join(chosen(title["zh"], title["en"]) for title in titles)
        return gettext("to have: %(roles)s") % {"roles": named}
    if one.kind == ProposalKind.PLACE:
        place = Organisation.objects.filter(key=wanted["organisation"]).first()
        told = {"place": str(place or ""), "day": date.fromisoformat(wanted["from_on"])}
        return gettext("to belong to %(place)s from %(day)s") % told
    if one.kind == ProposalKind.RESET:
        if wanted["factors"]:
            return gettext("a new link, without the second factors there are")
        return gettext("a new link; second factors stay")
    told = {"name": wanted["name"], "scopes": ", ".join(wanted["scopes"])}
    return gettext("“%(name)s” with %(scopes)s") % told
