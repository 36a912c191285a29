"""Whatever the gate kept of real bookings comes out again from what is stored, to the last word."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings
from factories import DAY, make_action, make_case, make_user

from carrears.casework.holds import place_hold
from carrears.clock import now
from carrears.conduct.models import DoNotContact, VerdictRecord
from carrears.conduct.packs import Packs
from carrears.conduct.queries import KeptVerdicts
from carrears.conduct.recompute import recompute
from carrears.outreach.calls import book_call, record_result
from carrears.outreach.services import contact, contact_planned

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("as_of", [DAY, None], ids=["replay", "live"])
def test_every_kept_verdict_comes_out_again(
    tmp_path: Path, settings: LazySettings, as_of: date | None
) -> None:
    settings.MAIL_DIR, settings.SMTP_URL = tmp_path / "mail", "smtp://127.0.0.1:1"
    day = as_of or now().date()
    user = make_user(role="team_lead")
    free, held, barred = (make_case(loan_no=f"A-{n}", as_of=day) for n in (1, 2, 3))
    place_hold(held, reason="dispute", today=day, until_on=None, by=user, at=now())
    DoNotContact.objects.create(party=barred.party, reason="asked for it", from_on=day)
    make_action(case=free, as_of=day, channel="email", template="reminder")
    contact_planned(as_of=day)
    for number, case in enumerate((free, held, barred)):
        assert case.party is not None
        contact(case, party=case.party, template="reminder", by=user, key=f"mail-{number}")
        for dial in range(4):
            made = book_call(case, party=case.party, key=f"call-{number}-{dial}", by=user)
            if made.state == "booked":
                record_result(made, result="conversation", effective=True, by=user)

    found = recompute(KeptVerdicts().read(), Packs())
    assert found.mismatches == []
    assert (found.same, found.other_packs.total()) == (VerdictRecord.objects.count(), 0)
    # Three messages and twelve calls; what was planned waits for its hour on a live book.
    assert found.same in {15, 16}
    assert VerdictRecord.objects.filter(gate_action="block").exists()
