"""Four eyes: a dangerous change of what somebody may do is proposed by one, confirmed by another.

What is dangerous is data (``access/dangers.yaml``). Overrides of the gate and legal holds have
rules of their own and stay what they are (``outreach.overrides``, ``vault.holds``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from carrears.access.models import ApiToken, Organisation, User
from carrears.access.organisations import AccessError
from carrears.access.people import join, move_home, set_roles
from carrears.notices.services import ask_second, settle
from carrears.signin.accounts import reset_account
from carrears.signin.models import Proposal, ProposalKind, ProposalState
from carrears.signin.tokens import Issued, issue
from carrears.signin.trace import tell
from carrears.signin.words import BY_HAND, commit_reason, reasons_beside

# How long a proposal waits for its second person.
WAITS_FOR = timedelta(days=7)
# What somebody has to be allowed to propose.
MAY_ASK: Mapping[str, str] = {
    ProposalKind.ROLES: "access.assign_role",
    ProposalKind.PLACE: "access.change_membership",
    ProposalKind.RESET: "access.change_user",
    ProposalKind.TOKEN: "access.add_apitoken",
}
MAY_CONFIRM = "access.confirm_change"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What was done; ``secret`` is that of the link where an account was reset."""

    proposal: Proposal
    secret: str = ""


@transaction.atomic
def propose(
    kind: ProposalKind,
    subject: User,
    *,
    wanted: Mapping[str, Any],
    reason: str,
    by: User,
    at: datetime,
) -> Proposal:
    """Ask for a dangerous change.

    What is ``wanted``, by kind: ``{"roles": [...]}``; ``{"organisation": key, "home": bool,
    "from_on": day, "until_on": day | None}``; ``{"factors": bool}``; ``{"token": number, "name":
    its name, "scopes": [...]}``.

    Raises:
        AccessError: no reason, one who may not ask, his own roles, place or reset, or the same is
            asked for already.
    """
    if not reason.strip():
        raise AccessError("a reason is needed")
    if not by.has_perm(MAY_ASK[kind]):
        raise AccessError("you may not propose this")
    if kind != ProposalKind.TOKEN and by.pk == subject.pk:
        raise AccessError("nobody does this to his own account")
    User.objects.select_for_update().get(pk=subject.pk)
    waiting = Proposal.objects.filter(
        kind=kind, subject=subject, state=ProposalState.ASKED, ends_at__gt=at
    )
    if kind != ProposalKind.TOKEN and waiting.exists():
        raise AccessError("this is proposed already")
    asked = Proposal.objects.create(
        kind=kind,
        subject=subject,
        wanted=dict(wanted),
        reason=BY_HAND,
        asked_by=by,
        asked_at=at,
        ends_at=at + WAITS_FOR,
    )
    _tell(asked, by, reason.strip()[:200])
    ask_second(
        MAY_CONFIRM,
        key=_matter(asked),
        data={"what": "proposal", "pk": asked.pk},
        at=at,
        by=by,
        apart_from=[subject.pk],
    )
    return asked


@transaction.atomic
def issue_for_oneself(
    user: User,
    *,
    name: str,
    scopes: Collection[str],
    valid_for: timedelta,
    reason: str,
    at: datetime,
) -> Issued:
    """A token of one's own; one of wide scopes is proposed with it, and sleeps until confirmed.

    Raises:
        TokenError: as ``tokens.issue``.
        AccessError: a wide one without a reason.
    """
    issued = issue(user, name=name, scopes=scopes, valid_for=valid_for, by=user.get_username())
    token = issued.token
    if token.awaits_second:
        wanted = {"token": token.pk, "name": token.name, "scopes": token.scopes}
        propose(ProposalKind.TOKEN, user, wanted=wanted, reason=reason, by=user, at=at)
    return issued


@transaction.atomic
def confirm(proposal: Proposal, *, by: User, at: datetime) -> Confirmed:
    """Make the change that another proposed, in the same transaction.

    Raises:
        AccessError: one's own proposal, or a change for oneself; decided before or lapsed; who
            asked may no longer ask; or the change cannot be made any more.
    """
    held = _held(proposal, by=by, at=at)
    asker = held.asked_by
    if not asker.is_active or not asker.has_perm(MAY_ASK[held.kind]):
        raise AccessError("who proposed this may not do so any more")
    _decide(held, ProposalState.DONE, "", by=by, at=at)
    return Confirmed(held, _make(held, by=by, at=at))


@transaction.atomic
def refuse(proposal: Proposal, *, reason: str, by: User, at: datetime) -> Proposal:
    """Say no; a token that waited for it is revoked.

    Raises:
        AccessError: no reason, or as ``confirm``.
    """
    if not reason.strip():
        raise AccessError("a reason is needed")
    held = _held(proposal, by=by, at=at)
    _decide(held, ProposalState.REFUSED, reason.strip()[:200], by=by, at=at)
    if held.kind == ProposalKind.TOKEN:
        ApiToken.objects.filter(pk=held.wanted["token"]).update(revoked_at=at)
    return held


@transaction.atomic
def withdraw(proposal: Proposal, *, by: User, at: datetime) -> Proposal:
    """Take back what one proposed oneself.

    Raises:
        AccessError: another's proposal, or it was decided before.
    """
    held = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if held.asked_by_id != by.pk:
        raise AccessError("this was proposed by somebody else")
    if held.state != ProposalState.ASKED:
        raise AccessError("this was decided before")
    _decide(held, ProposalState.WITHDRAWN, "", by=by, at=at)
    if held.kind == ProposalKind.TOKEN:
        ApiToken.objects.filter(pk=held.wanted["token"]).update(revoked_at=at)
    return held


def _held(proposal: Proposal, *, by: User, at: datetime) -> Proposal:
    asked = Proposal.objects.select_for_update(of=("self",)).select_related("asked_by", "subject")
    held = asked.get(pk=proposal.pk)
    if held.state != ProposalState.ASKED:
        raise AccessError("this was decided before")
    if held.ends_at < at:
        raise AccessError("this proposal has lapsed")
    if by.pk in {held.asked_by_id, held.subject_id} or not by.has_perm(MAY_CONFIRM):
        raise AccessError("a second person has to decide")
    return held


def _decide(held: Proposal, state: ProposalState, decision: str, *, by: User, at: datetime) -> None:
    held.state, held.decided_by, held.decided_at = state, by, at
    held.decision = BY_HAND if decision else ""
    held.save(update_fields=["state", "decision", "decided_by", "decided_at"])
    settle(_matter(held), at=at)
    _tell(held, by, decision)


def reasons_of(found: Collection[Proposal]) -> dict[int, tuple[str, str]]:
    """Why each was proposed and why it was refused; an older release kept both in clear."""
    said = reasons_beside(
        _entry(one, state)
        for one in found
        for state in (ProposalState.ASKED, ProposalState.REFUSED)
    )
    return {
        one.pk: (
            said.get(_entry(one, ProposalState.ASKED), _in_clear(one.reason)),
            said.get(_entry(one, ProposalState.REFUSED), _in_clear(one.decision)),
        )
        for one in found
    }


def _in_clear(kept: str) -> str:
    return "" if kept == BY_HAND else kept


def _entry(one: Proposal, state: str) -> str:
    return f"{_matter(one)}:{state}"


def _matter(one: Proposal) -> str:
    return f"proposal:{one.pk}"


def _make(held: Proposal, *, by: User, at: datetime) -> str:
    """Make the change in the name of who asked; the secret of a link, if one comes of it."""
    wanted, who = held.wanted, held.asked_by
    if held.kind == ProposalKind.ROLES:
        set_roles(held.subject, wanted["roles"], by=who, at=at, confirmed_by=by)
    elif held.kind == ProposalKind.PLACE:
        _place(held, by=by, at=at)
    elif held.kind == ProposalKind.RESET:
        return reset_account(
            held.subject, factors=wanted["factors"], by=who, at=at, confirmed_by=by
        ).secret
    else:
        _wake(wanted["token"], by=by)
    return ""


def _place(held: Proposal, *, by: User, at: datetime) -> None:
    wanted = held.wanted
    put = move_home if wanted["home"] else join
    until_on = wanted["until_on"]
    put(
        held.subject,
        Organisation.objects.get(key=wanted["organisation"]),
        from_on=date.fromisoformat(wanted["from_on"]),
        until_on=date.fromisoformat(until_on) if until_on else None,
        by=held.asked_by,
        at=at,
        confirmed_by=by,
    )


def _wake(number: int, *, by: User) -> None:
    token = ApiToken.objects.select_for_update().get(pk=number)
    if token.revoked_at is not None:
        raise AccessError("this token was revoked")
    token.awaits_second, token.confirmed_by = False, by
    token.save(update_fields=["awaits_second", "confirmed_by"])
    tell("token.confirmed", subject=token.user.get_username(), actor=by.get_username(),
         token=token.pk, scopes=token.scopes)  # fmt: skip


def _tell(one: Proposal, by: User, reason: str) -> None:
    key = _entry(one, one.state)
    said: dict[str, Any] = commit_reason(key, reason)
    tell(
        f"proposal.{one.state}",
        subject=one.subject.get_username(),
        actor=by.get_username(),
        proposal=one.pk,
        change=one.kind,
        wanted=one.wanted,
        asked_by=one.asked_by.get_username(),
        key=key,
        **said,
    )
