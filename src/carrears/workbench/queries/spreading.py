"""How a period's planned contacts were spread over their days."""

from __future__ import annotations

from carrears.outreach.models import Pacing
from carrears.outreach.paced import count_outcomes
from carrears.workbench.queries.compliance_asked import Asked
from carrears.workbench.view_models.compliance import Spread

_MOST = 31


def spreads_of(asked: Asked) -> tuple[Spread, ...]:
    """The days that were spread, the newest first; of a longer period its last month."""
    found = Pacing.objects.filter(
        as_of__range=(asked.first, asked.last), finished_at__isnull=False
    ).order_by("-as_of")
    return tuple(_shown(pacing) for pacing in found[:_MOST])


def _shown(pacing: Pacing) -> Spread:
    told = count_outcomes(pacing)
    return Spread(
        as_of=pacing.as_of,
        emails_per_hour=pacing.per_hour.get("email"),
        calls_per_hour=pacing.per_hour.get("call"),
        paced=told["paced"],
        changed=told["changed"],
        full=told["full"],
        later=told["later"],
        unlawful=told["unlawful"],
        gone=told["gone"],
        wasted=told["wasted"],
    )
