"""How many appeal against automated decisions, beside the complaints."""

from __future__ import annotations

from carrears.dayrun.confirming import to_confirm
from carrears.rights.models import RequestKind, RightsRequest
from carrears.rights.request_queries import RequestFilter, find_requests
from carrears.workbench.queries.compliance_asked import Asked
from carrears.workbench.view_models.compliance import AppealsTold


def appeals_told(asked: Asked) -> AppealsTold:
    """Received on the days asked for; what is open, overdue and waits is as of now."""
    first, end = asked.moments
    appeals = RightsRequest.objects.filter(kind=RequestKind.APPEAL)
    opened = RequestFilter(state="open", kind=RequestKind.APPEAL)
    late = RequestFilter(state="open", kind=RequestKind.APPEAL, overdue=True)
    return AppealsTold(
        received=appeals.filter(received_at__gte=first, received_at__lt=end).count(),
        open=find_requests(opened).count(),
        overdue=find_requests(late).count(),
        waiting=to_confirm().count(),
    )
