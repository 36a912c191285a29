"""People whom an older release took in are found by pinyin once the worker has been there."""

from __future__ import annotations

import pytest
from factories import make_person

from carrears.parties.blind import query_tokens
from carrears.parties.custody import keyring
from carrears.parties.indexing import reindex_all
from carrears.parties.models import Party
from carrears.parties.queries import search_by_name


def _found(text: str) -> int:
    return search_by_name(text).count()


@pytest.mark.django_db
def test_tokens_of_an_older_release_are_made_anew() -> None:
    new = [make_person(loan_no=f"A-{place}", name="王小明") for place in range(3)]
    gone = make_person(loan_no="A-9", name="王小明")
    Party.objects.filter(pk=gone.pk).update(
        wrapped_key=None, name_sealed=None, name_tokens=[], id_no_sealed=None, id_no_index=None
    )
    older = Party.objects.exclude(pk=new[0].pk)
    for party in older:
        kept = [token for token in party.name_tokens if bytes(token) in _written()]
        Party.objects.filter(pk=party.pk).update(name_tokens=kept, tokens_version=0)
    assert (_found("王小"), _found("wangxm")) == (3, 1)

    assert reindex_all(portion=2) == older.count() - 1  # of who was erased there is nothing

    assert (_found("王小"), _found("wangxm"), _found("wxm")) == (3, 3, 3)
    assert reindex_all() == 0


def _written() -> set[bytes]:
    """What version 0 had."""
    return {token for text in ("王", "王小", "王小明") for token in query_tokens(keyring(), text)}
