"""Things in the vault of a loan: a letter, recordings; and a bundle that holds them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bundles.histories import LOAN
from factories import MOMENT
from recordings.sending import Tape, begin

from carrears.access.models import User
from carrears.bundles.services import Reason, write_bundle
from carrears.casework.models import Case
from carrears.recordings.archiving import archive_closed
from carrears.recordings.closing import close_silent
from carrears.recordings.services import append, finish
from carrears.vault.services import store

LETTER = b"%PDF-1.7 \xe5\x82\xac\xe6\x94\xb6\xe5\x87\xbd"
BROKEN_OFF, CALL = Tape(), Tape()
REASON = Reason(why="dispute", note="诉讼 2026-17")


def live(case: Case, me: User, tape: Tape, *texts: str) -> None:
    """A recording that goes on."""
    begin(tape, case, me)
    for text in texts:
        append(tape.token, tape.add(text), by=me, at=MOMENT)


def file_things(case: Case, me: User) -> None:
    """A letter, a recording, and half of one that broke off; its rest waits for the vault."""
    store(kind="letter", stream=[LETTER], case=case, media_type="application/pdf", actor=None,
          at=MOMENT)  # fmt: skip
    for tape in (BROKEN_OFF, CALL):
        tape.frames.clear()
        tape.links.clear()
    live(case, me, BROKEN_OFF, "one", "two")
    close_silent(at=MOMENT + timedelta(hours=1))
    live(case, me, CALL, "said", "and done", "at length")
    finish(CALL.token, count=3, head=CALL.head, reason="left", by=me, at=MOMENT)
    archive_closed(at=MOMENT)
    append(BROKEN_OFF.token, BROKEN_OFF.add("three"), by=me, at=MOMENT + timedelta(hours=2))
    finish(BROKEN_OFF.token, count=3, head=BROKEN_OFF.head, reason="left", by=me, at=MOMENT)


def written(path: Path, reason: Reason | None = REASON) -> Path:
    """The bundle of the loan, in a file."""
    with path.open("w+b") as file:
        write_bundle(LOAN, file, by="wei", at=MOMENT, reason=reason)
    return path
