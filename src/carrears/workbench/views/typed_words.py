"""Lists that are searched: what is typed may be a name or a number, and stands in no address.

The form is sent by POST and leads to an address that holds the words sealed for whoever searched
(``s``); the filters beside them stay readable. Back, paging, a new window and a browser without
scripts go on working, and no log or history of anybody tells whom he looked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, Final, ParamSpec, TypeGuard, cast
from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from carrears.signin.sealing import SealError, open_words, seal_words
from carrears.workbench.views.gate import StaffRequest, is_part

_P = ParamSpec("_P")
_View = Callable[Concatenate[StaffRequest, _P], HttpResponseBase]
_TYPED: Final = "q"
_SEALED: Final = "s"
_ALL: Final = [("all", ["1"])]  # what an address says that narrows nothing
_LONGEST: Final = 200  # letters of what is searched for


class Asked(QueryDict):
    """What a list is asked for; ``q`` opens what an address holds sealed, and is in none."""

    def urlencode(self, safe: str | None = None) -> str:
        """The address of the same list: with what was typed sealed, never in clear."""
        kept = QueryDict(super().urlencode(safe), mutable=True)
        kept.pop(_TYPED, None)
        return kept.urlencode(safe)


def takes_words(view: _View[_P]) -> _View[_P]:
    """Let ``view``, which stands behind ``staff``, read as ``q`` what is sealed in the address.

    Words that come in clear, from a form or an old link, lead to the address that has them
    sealed; to htmx the part is answered at once, and told that address, unless the page stands
    at one that says the same. What does not open is nothing that was searched for.
    """

    @wraps(view)
    def answered(request: StaffRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        sent = request.method == "POST"
        told = request.POST if sent else request.GET
        if not sent and _TYPED not in told:
            request.GET = cast("Any", _opened(told, whose=request.user.pk))
            return view(request, *args, **kwargs)
        asked = _sealed(told, whose=request.user.pk)
        address = f"{request.path}?{asked.urlencode() or urlencode(_ALL, doseq=True)}"
        if not is_part(request):
            return HttpResponseRedirect(address)
        request.GET = cast("Any", asked)
        response = view(request, *args, **kwargs)
        if _is_answered(response) and not _stands_there(request, asked):
            response.headers["HX-Push-Url"] = address
        return response

    return cast("_View[_P]", answered)


def _is_answered(response: HttpResponseBase) -> TypeGuard[HttpResponse]:
    return isinstance(response, HttpResponse) and response.status_code == HTTPStatus.OK


def _stands_there(request: StaffRequest, asked: Asked) -> bool:
    # A field that is left sends its words again: Back would lead to the same list twice.
    told = request.headers.get("HX-Current-URL", "")
    if not url_has_allowed_host_and_scheme(told, allowed_hosts={request.get_host()}):
        return False
    page = urlsplit(told)
    opened = _opened(QueryDict(page.query), whose=request.user.pk)
    return page.path == request.path and _in_clear(opened) == (_in_clear(asked) or _ALL)


def _in_clear(asked: Asked) -> list[tuple[str, list[str]]]:
    return sorted((name, values) for name, values in asked.lists() if name != _SEALED)


def _sealed(told: QueryDict, *, whose: int) -> Asked:
    words = told.get(_TYPED, "").strip().replace("\0", "")[:_LONGEST]
    hidden = {_TYPED, _SEALED, "csrfmiddlewaretoken"}
    shown = [(name, values) for name, values in told.lists() if name not in hidden]
    kept = [(name, one) for name, values in shown for one in values if one]
    if words:
        kept.append((_SEALED, seal_words(words, whose=whose)))
    return _with_words(QueryDict(urlencode(kept)), words)


def _opened(told: QueryDict, *, whose: int) -> Asked:
    try:
        words = open_words(held, whose=whose) if (held := told.get(_SEALED, "")) else ""
    except SealError:
        words = ""
    return _with_words(told, words)


def _with_words(told: QueryDict, words: str) -> Asked:
    asked = Asked(told.urlencode(), mutable=True)
    if words:
        asked[_TYPED] = words
    asked._mutable = False  # noqa: SLF001  as Django does with what it parsed
    return asked
