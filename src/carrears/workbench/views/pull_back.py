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
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff("casework.lead_desk")
def show(request: StaffRequest) -> HttpResponse:
    """The rules and what they would take now."""
    return render(request, "workbench/pull_back.html", {"page": pull_back_page(request.user)})


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
