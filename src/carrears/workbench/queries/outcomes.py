"""What came of contacts in the reader's language, and what is to be done next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.agency_view import own_contacts, seen_events
from carrears.casework.case_time import business_time
from carrears.casework.holds import covering
from carrears.casework.models import Case, CaseEvent, CaseState, Hold, HoldReason
from carrears.casework.words import texts_of
from carrears.conduct.complaint_models import Complaint
from carrears.conduct.dispute_models import DisputedLoan
from carrears.database.prepared import Blank, prepared
from carrears.outreach.models import ContactOutcome
from carrears.outreach.outcome_codes import title_of
from carrears.parties.queries import links_of, names_of
from carrears.workbench.labels import label_of
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.mail_files import files_of_replies
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.templatetags.workbench import day
from carrears.workbench.view_models.case import NextStep, OpenReply

# What has a course of its own, which places the hold.
_MATTERS = frozenset({HoldReason.COMPLAINT, HoldReason.DISPUTE})
_NEEDS = {
    "promise": "casework.work_case",
    "complaint": "conduct.add_complaint",
    "dispute": "conduct.add_dispute",
} | dict.fromkeys(set(HoldReason.values) - _MATTERS, "casework.work_case")


def code_title(code: str) -> str:
    """What a code is called."""
    found = title_of(Path(settings.CARREARS_HOME), code)
    return chosen(found.zh, found.en) if found else code


def outcome_detail(data: Mapping[str, Any]) -> str:
    """What a line of the timeline says of what came of a contact.

    ``data`` is that of the line, or the same members of a ``ContactOutcome``.
    """
    parts = [code_title(data["code"])]
    if data.get("way"):
        parts.insert(0, str(label_of(data["way"], "way").text))
    if data["right_party"]:
        parts.append(gettext("right party"))
    if follow_up := data.get("follow_up_on"):
        on = follow_up if isinstance(follow_up, date) else date.fromisoformat(follow_up)
        parts.append(gettext("come back on %(day)s") % {"day": day(on)})
    return " · ".join(parts)


def next_step_of(user: User, case: Case) -> NextStep | None:
    """What the newest outcome of a case leads to, as long as nobody has done it."""
    newest = _newest_told(user, case)
    if newest is None or case.state == CaseState.CLOSED:
        return None
    step = newest.next_step
    if step not in _NEEDS or not user.has_perm(_NEEDS[step]) or _is_done(newest, step):
        return None
    return NextStep(
        step=step,
        code=code_title(newest.code),
        told_at=newest.told_at,
        is_hold=step in set(HoldReason.values) - _MATTERS,
    )


def _newest_told(user: User, case: Case) -> ContactOutcome | None:
    if acts_for(user):
        return own_contacts(user, _told_of(case)).first()
    found = _newest_of_all.find(case=case.pk)
    return found[0] if found else None


def _told_of(case: Any) -> QuerySet[ContactOutcome]:
    return ContactOutcome.objects.filter(case=case).order_by("-told_at", "-pk")


@prepared
def _newest_of_all(case: Blank) -> QuerySet[ContactOutcome]:
    return _told_of(case)[:1]


def open_replies_of(user: User, case: Case) -> tuple[OpenReply, ...]:
    """The replies to an open case of which nobody told yet what came of them, the newest first."""
    if case.state == CaseState.CLOSED:
        return ()
    if not _any_reply.ask(case=case.pk):  # as to most cases
        return ()
    seen = seen_events(user, CaseEvent.objects.filter(case=case))
    written = list(_replies(seen).order_by("-pk"))
    told = seen.filter(kind="outcome").order_by("-pk").values_list("pk", flat=True).first() or 0
    replies = [one for one in written if one.pk > told]
    files, texts = files_of_replies(replies), texts_of(replies)
    return tuple(
        OpenReply(
            pk=one.pk,
            text=texts.get(one.pk, ""),
            means=tuple(one.data["means"]),
            at=one.happened_at,
            people=one.data.get("of_people", 1),
            files=files.get(one.key, ()),
        )
        for one in replies
    )


def _replies(events: QuerySet[CaseEvent]) -> QuerySet[CaseEvent]:
    return events.filter(kind="note", data__has_key="means")


@prepared
def _any_reply(case: Blank) -> QuerySet[CaseEvent, tuple[Any, ...]]:
    return _replies(CaseEvent.objects.filter(case=case)).order_by().values_list("pk")[:1]


def _is_done(outcome: ContactOutcome, step: str) -> bool:
    case = outcome.case
    if step == "promise":
        return case.promises.filter(state="open").exists() or (
            case.promises.filter(made_at__gte=outcome.told_at).exists()
        )
    if step == "complaint":
        return Complaint.objects.filter(loan_no=case.loan_no, received_at__gte=outcome.at).exists()
    if step == "dispute" and _is_disputed(case, outcome):
        return True
    to_come = Q(until_on=None) | Q(until_on__gte=business_time(case)[0])  # what ran out is over
    return Hold.objects.filter(covering(case), to_come, reason=step, lifted_on=None).exists()


def _is_disputed(case: Case, outcome: ContactOutcome) -> bool:
    """Whether a dispute of the loan is open, or was recorded after the outcome was told."""
    raised = Q(dispute__closed_at=None) | Q(dispute__registered_at__gte=outcome.told_at)
    return DisputedLoan.objects.filter(raised, loan_no=case.loan_no).exists()


def people_choices(user: User, case: Case) -> list[tuple[str, str]]:
    """The people of the loan: token, and name with role, as the reader may see them."""
    links = links_of(case.loan_no)
    links.sort(key=lambda link: link.party_id != case.party_id)
    names = names_of(link.party for link in links)
    sight = sight_of(user, case)
    return [
        (
            str(link.party_id),
            f"{sight.name_text(names[link.party_id])} · {label_of(link.role, 'role').text}",
        )
        for link in links
    ]
