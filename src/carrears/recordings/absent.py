"""Find pages that were shown, and calls that were made, of which no recording was begun.

The house notes each page that it shows to whom it records. The browser's word that a recording
began, or that it could not, takes the note away; where none comes in time the recording is absent:
scripts were switched off, an address was fetched by a program, a browser was closed at once. Of a
call the note is made when its result is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.evidence.services import Record, record_many
from carrears.outreach.models import Attempt, AttemptState
from carrears.recordings.models import DueRecording, Kind, RecordedContact, Recording
from carrears.recordings.policy import misses_calls

# The browser begins at once; what it could not send it sends from the next page that it opens.
AWAITED = timedelta(minutes=15)
_CALLS_OF_LATE = timedelta(days=1)
_AT_ONCE = 1000


def expect_screen(case: Case, *, page: str, by: User, at: datetime) -> None:
    """Note that a page was shown whose recording is due."""
    DueRecording.objects.create(kind=Kind.SCREEN, case=case, staff=by, page=page, due_at=at)


def meet(recording: Recording, *, attempt: Attempt | None, at: datetime) -> None:
    """Take the note away that a recording, begun or refused, answers; an absent one came late.

    Of several visits of the page it is the last that had been shown by then.
    """
    due = DueRecording.objects.filter(staff=recording.staff, late_at=None, kind=recording.kind)
    if recording.kind == Kind.AUDIO:
        due = due.filter(attempt=attempt)
    else:
        due = due.filter(case__loan_no=recording.case.loan_no, page=recording.page, due_at__lte=at)
    found = due.select_for_update(of=("self",)).order_by("-due_at", "-pk").first()
    if found is None:
        return
    if found.absent_at is None:
        found.delete()
        return
    found.late_at = at
    found.save(update_fields=["late_at"])


@transaction.atomic
def find_absent(*, at: datetime) -> int:
    """Note the calls that were made without, and tell of all that was not begun in time; how many.

    Bears a second start.
    """
    expect_calls(at=at)
    late = DueRecording.objects.filter(absent_at=None, due_at__lte=at - AWAITED)
    found = list(
        late.select_related("case", "staff", "attempt")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("pk")[:_AT_ONCE]
    )
    DueRecording.objects.filter(pk__in=[one.pk for one in found]).update(absent_at=at)
    record_many(_record(one, at) for one in found)
    return len(found)


def expect_calls(*, at: datetime) -> None:
    """Note the calls of late that a person made and told of, and that have no sound.

    Only where the house wants each call recorded: a desk telephone leaves no sound here.
    """
    if not misses_calls():
        return
    told = RecordedContact.objects.filter(attempt=OuterRef("pk"), recording__kind=Kind.AUDIO)
    made = Attempt.objects.filter(
        ~Exists(told),
        channel="call",
        state=AttemptState.MADE,
        agency="",
        reported=False,
        made_by__isnull=False,
        due_recording=None,
        booked_at__gt=at - _CALLS_OF_LATE,
    )
    DueRecording.objects.bulk_create(
        [
            DueRecording(
                kind=Kind.AUDIO,
                case_id=one.case_id,
                staff=one.made_by,
                attempt=one,
                due_at=one.booked_at,
            )
            for one in made.select_related("made_by")
            if one.made_by is not None
        ],
        ignore_conflicts=True,
    )


def absent_recordings(cases: QuerySet[Case] | Iterable[Case]) -> QuerySet[DueRecording]:
    """What was not recorded of these cases, the newest first."""
    return DueRecording.objects.filter(absent_at__isnull=False, case__in=cases)


def _record(due: DueRecording, at: datetime) -> Record:
    told = {"what": due.kind, "due_at": due.due_at.isoformat()}
    if due.page:
        told["page"] = due.page
    return Record(
        kind="recording.absent",
        subject=due.case.loan_no,
        key=f"recording-absent:{due.pk}",
        actor=due.staff.get_username(),
        occurred_at=at,
        payload=told | ({"attempt": due.attempt.key} if due.attempt else {}),
    )
