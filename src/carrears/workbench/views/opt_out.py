"""Where a link in a message leads: its reader stops that channel. Nobody has to sign in."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from carrears.clock import now
from carrears.database.wall import as_house
from carrears.evidence.services import sequence
from carrears.outreach.messages import OutreachError, read_opt_out
from carrears.parties.consents import record_consent
from carrears.parties.models import Party


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the token is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out(request: HttpRequest, token: str) -> HttpResponse:
    """Ask before stopping, since programs follow links; stop when it is posted."""
    try:
        person, channel = read_opt_out(token)
    except OutreachError as error:
        raise Http404 from error
    stopped = request.method == "POST"
    with as_house():  # the link is the proof: nobody has to sign in
        party = get_object_or_404(Party, pk=UUID(person))
        if stopped:
            record_consent(party, channel=channel, granted=False, source="opt_out_link", at=now())
    if stopped:
        sequence()
    context = {"stopped": stopped, "channel": channel, "token": token}
    with translation.override(_language(request, party)):
        return render(request, "workbench/opt_out.html", context)


def _language(request: HttpRequest, party: Party) -> str:
    """The language chosen by the switch, else the person's own."""
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES or not party.language:
        return translation.get_language() or settings.LANGUAGE_CODE
    return "en" if party.language.startswith("en") else settings.LANGUAGE_CODE
