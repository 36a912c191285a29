"""Which channels reach anybody here."""

from django.conf import settings


def texts_arrive() -> bool:
    """Whether texts go to a gateway; without one they end in a box that only a demo shows."""
    return bool(settings.SMS_URL or settings.DEMO)
