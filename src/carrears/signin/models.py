"""Who is signed in where, who was invited, and what two people have to agree on."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from carrears.signin.account_models import Invitation, Proposal, ProposalKind, ProposalState

__all__ = ["Invitation", "Proposal", "ProposalKind", "ProposalState", "StaffSession"]


class StaffSession(models.Model):
    """A session of somebody, as he sees it in his list; it ends with the session itself."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_sessions"
    )
    session_key = models.CharField(max_length=40, unique=True)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()
    network = models.CharField(max_length=50, blank=True)  # of the address; never the address
    agent = models.CharField(max_length=60, blank=True)  # browser and system, in two words

    class Meta:
        indexes = [models.Index(fields=["user", "seen_at"], name="signin_session_user")]

    def __str__(self) -> str:
        return f"{self.user} since {self.since:%Y-%m-%d %H:%M}"
