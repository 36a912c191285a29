"""Notes whose words a second person is to read."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.casework.seeing import of_visible_cases
from carrears.casework.words import texts_of
from carrears.conduct.models import FlaggedNote, NoteOutcome
from carrears.conduct.notes import comments_on
from carrears.conduct.spoken import title_of
from carrears.workbench.labels import label_of
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.notes import NoteRow, NotesPage

_DONE = "done"


def notes_page(user: User, params: QueryDict) -> NotesPage:
    """The notes that wait, the oldest first; or those that were reviewed, the newest first."""
    state = params.get("state", "")
    wanted = state if state in {_DONE, *NoteOutcome.values} else ""
    found = flagged_notes(user)
    waiting = found.filter(outcome="").count()
    if wanted == _DONE:
        found = found.exclude(outcome="").order_by("-reviewed_at", "-pk")
    else:
        found = found.filter(outcome=wanted).order_by("-reviewed_at" if wanted else "pk", "pk")
    pager = make_pager(params, total=found.count())
    shown = found.select_related("note__case", "note__actor", "reviewed_by")[rows_of(pager)]
    names = ((code, str(label_of(code, "note_outcome").text)) for code in ("", *NoteOutcome.values))
    states = (*names, (_DONE, gettext("All that were reviewed")))
    return NotesPage(
        rows=_rows(user, list(shown)),
        pager=pager,
        states=tuple(Option(code, name, code == wanted) for code, name in states),
        outcomes=tuple(
            Option(code, str(label_of(code, "note_outcome").text)) for code in NoteOutcome.values
        ),
        waiting=waiting,
    )


def flagged_notes(user: User) -> QuerySet[FlaggedNote]:
    """The flagged notes on the cases that a reviewer may see."""
    return of_visible_cases(FlaggedNote.objects.all(), user, by="note__case")


def notes_waiting(user: User) -> int:
    """How many wait for somebody else than their writer, for the navigation."""
    return flagged_notes(user).filter(outcome="").exclude(note__actor=user).count()


def _rows(user: User, shown: list[FlaggedNote]) -> tuple[NoteRow, ...]:
    texts, comments = texts_of(one.note for one in shown), comments_on(shown)
    return tuple(
        _row(user, one, text=texts.get(one.note_id, ""), comment=comments[one.pk]) for one in shown
    )


def _row(user: User, flagged: FlaggedNote, *, text: str, comment: str) -> NoteRow:
    note = flagged.note
    titles = ((rule, title_of(rule)) for rule in note.data.get("words", ()))
    return NoteRow(
        pk=flagged.pk,
        loan_no=note.case.loan_no,
        at=note.happened_at,
        writer=str(note.actor) if note.actor else "",
        text=text,
        erased="erased" in note.data,
        rules=tuple(chosen(title.zh, title.en) if title else rule for rule, title in titles),
        outcome=flagged.outcome,
        comment=comment,
        reviewed_by=str(flagged.reviewed_by) if flagged.reviewed_by else "",
        reviewed_at=flagged.reviewed_at,
        may_review=not flagged.outcome and note.actor_id != user.pk,
    )
