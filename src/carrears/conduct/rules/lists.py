"""The do-not-contact list of the house, for packs in which no other rule asks it."""

from __future__ import annotations

from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.persons import judge_list
from carrears.conduct.situation import Situation


@logic("listed", "listed_in")
def do_not_contact(situation: Situation, law: Law) -> Ruling | None:
    """Who is listed is not contacted; nothing is said of who is not."""
    del law
    return judge_list(situation) if situation.is_contact else None
