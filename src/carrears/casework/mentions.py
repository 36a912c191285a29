"""Colleagues whom a comment names by ``@``: only those who may see the case can be told."""

from __future__ import annotations

import re

from django.core.exceptions import PermissionDenied
from django.db.models import Q

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.models import Case
from carrears.casework.seeing import visible_cases
from carrears.casework.services import CaseworkError
from carrears.database.wall import as_house

LONGEST_NAME = 40  # signs of a name that are looked at
# After a word it is an address (a@b.cn), not a name.
_NAME = rf"[\w.+-]{{1,{LONGEST_NAME}}}"
_AT = re.compile(rf"(?<![A-Za-z0-9._+-])[@＠]({_NAME})")


class MentionError(CaseworkError):
    """Somebody who is named may not see the case, or the name fits several; ``names`` are those."""

    def __init__(self, message: str, names: list[str]) -> None:
        super().__init__(message)
        self.names = names


def mentioned_in(text: str, case: Case, *, by: User, strict: bool) -> list[User]:
    """Those whom a text names by sign-in name or by the name that is shown, the longest that fits.

    What is nobody's name stays plain text. For people of agencies whoever may not see the case is
    nobody: they learn nothing of who works elsewhere. Unless ``strict`` nothing is refused, and
    only those are told of whom there is no doubt.

    Raises:
        MentionError: one who may not see the case, or a name that several have.
    """
    runs = [found.group(1) for found in _AT.finditer(text)]
    if not runs:
        return []
    known = _known(runs)
    told: dict[int, User] = {}
    blind: list[str] = []
    for run in runs:
        name = next((head for head in _heads(run) if head in known), None)
        if name is None:
            continue
        seeing = [one for one in known[name] if may_be_told(one, case, by=by)]
        if len(seeing) > 1 and strict:
            raise MentionError("several people have this name; use the sign-in name", [name])
        if len(seeing) == 1:
            told[seeing[0].pk] = seeing[0]
        elif not seeing:
            blind.append(name)
    if blind and strict and not acts_for(by):
        raise MentionError("who is mentioned may not see this case", blind)
    return list(told.values())


def is_whole_name(name: str) -> bool:
    """Whether a name can stand behind ``@`` as it is: one with a space in it ends there."""
    return re.fullmatch(_NAME, name) is not None


def _heads(run: str) -> list[str]:
    """What of a run may be a name, the longest first: Chinese words follow it without a space."""
    ends = [end for end in range(1, len(run)) if not (run[end].isascii() and run[end].isalnum())]
    return [run[:end] for end in (len(run), *reversed(ends))]


def _known(runs: list[str]) -> dict[str, list[User]]:
    """The people of each name that one of these may begin with; a sign-in name is one's own."""
    heads = {head for run in runs for head in _heads(run)}
    people = User.objects.filter(Q(username__in=heads) | Q(display_name__in=heads), is_active=True)
    known: dict[str, list[User]] = {}
    for one in people:
        if one.display_name in heads:
            known.setdefault(one.display_name, []).append(one)
    return known | {one.username: [one] for one in people if one.username in heads}


@as_house()
def may_be_told(user: User, case: Case, *, by: User) -> bool:
    """Whether he may see the case, and what ``by`` writes on it: each side of the wall its own."""
    if acts_for(user) != acts_for(by):
        return False
    try:
        return visible_cases(user).filter(pk=case.pk).exists()
    except PermissionDenied:
        return False
