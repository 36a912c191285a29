from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from carrears.workbench.queries.rules import rule_page, rules_page
from carrears.workbench.views.gate import StaffRequest, staff

# Whoever works with cases may read by which rules his contacts are judged.
_PERMISSION = "casework.view_case"


@require_safe
@staff(_PERMISSION)
def show_rules(request: StaffRequest) -> HttpResponse:
    """The rules by jurisdiction, narrowed."""
    return render(request, "workbench/rules.html", {"page": rules_page(request.GET)})


@require_safe
@staff(_PERMISSION)
def show_rule(request: StaffRequest, pack: str, rule_id: str) -> HttpResponse:
    """One rule, its sources, its values and its cases with the gate's answer."""
    return render(request, "workbench/rule.html", {"page": rule_page(pack, rule_id)})
