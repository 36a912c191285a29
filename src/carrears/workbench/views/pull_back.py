"""Take cases back from collectors by rule: look at what the rules would take, and have it done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from carrears.casework.leading import led_by
from carrears.casework.pulling import pull_back
from carrears.evidence.services import sequence
from carrears.workbench.queries.pull_back import pull_back_page
from carrears.workbench.views.gate import StaffRequest, is_part, staff


@require_safe
@staff("casework.lead_desk")
def show(request: StaffRequest) -> HttpResponse:
    """The rules at once; what they would take now where it is asked for, as the page does."""
    page = pull_back_page(request.user, planned="plan" in request.GET)
    template = "_pull_back.html" if is_part(request) else "pull_back.html"
    return render(request, f"workbench/{template}", {"page": page})


@require_POST
@staff("casework.lead_desk")
def take(request: StaffRequest) -> HttpResponse:
    """Take it now rather than in the night; the moves of late can be taken back."""
    many = pull_back(by=request.user, owners=led_by(request.user))
    if not many:
        messages.info(request, gettext("The rules take nothing back now."))
        return redirect("workbench:pull-back")
    sequence()
    text = ngettext("%(many)d case is taken back.", "%(many)d cases are taken back.", many)
    messages.success(request, text % {"many": many})
    return redirect("workbench:moves")
