"""Texts given away without a pause: what is marked at once, and what is left when it breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import make_case, make_user

from carrears.clock import at_local, local_day, now
from carrears.evidence.models import Entry
from carrears.outreach.channels import Handed, LineError, Parcel
from carrears.outreach.models import Attempt, Delivery, Receipt
from carrears.outreach.receipts import Told, take_receipts
from carrears.outreach.sending import recover
from carrears.outreach.services import contact
from carrears.outreach.streaming import Stream
from carrears.parties.models import Party

pytestmark = pytest.mark.django_db


@dataclass
class Line:
    """Takes all it can get before it answers the oldest; breaks after so many answers."""

    answers: int
    window: int = 4
    name: str = "line"
    repeatable: bool = False
    breaks_with: Exception = field(default_factory=lambda: LineError("the line broke"))
    result: str = "accepted"
    taken: list[str] = field(default_factory=list)
    most: int = 0
    references: bool = False  # it tells them, and with ``receipts`` at once that it arrived
    receipts: Callable[[list[Told]], None] | None = None
    _answered: list[str] = field(default_factory=list)

    @contextmanager
    def open(self) -> Iterator[Line]:
        yield self

    def hand_over(self, parcels: Sequence[Parcel]) -> Iterator[Handed]:
        return self.stream(iter(parcels))

    def stream(self, parcels: Iterator[Parcel | None]) -> Iterator[Handed]:
        under_way: list[str] = []
        for parcel in parcels:
            if parcel is not None:
                under_way.append(parcel.key)
                self.taken.append(parcel.key)
                marked = Delivery.objects.filter(state="handed")
                assert marked.filter(attempt__key=parcel.key).exists()  # before it is given away
                self.most = max(self.most, marked.count())
                continue
            yield self._answer(under_way)
            self._deliver(self.window // 2)
        while under_way:
            yield self._answer(under_way)
        self._deliver(1)

    def _deliver(self, least: int) -> None:
        if self.receipts is not None and len(self._answered) >= least:
            told, self._answered = self._answered, []
            self.receipts([Told(f"r-{key}", "delivered", "DELIVRD") for key in told])

    def _answer(self, under_way: list[str]) -> Handed:
        if not self.answers:
            raise self.breaks_with
        self.answers -= 1
        key = under_way.pop(0)
        self._answered.append(key)
        named = (f"r-{key}",) if self.references else ()
        return Handed(key, self.result, references=named)  # type: ignore[arg-type]


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    at = at_local(local_day(now(), "Asia/Shanghai"), time(12), "Asia/Shanghai")
    for module in ("services", "sending", "judging", "gateways", "receipts"):
        monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: at)
    monkeypatch.setattr("carrears.parties.services.now", lambda: at - timedelta(days=1))
    return at


@pytest.fixture
def texts(noon: datetime, settings: LazySettings) -> int:
    settings.SMS_URL = "smpp://carrears:secret@127.0.0.1:1"
    user = make_user(role="collector")
    for number in range(11):
        case = make_case(
            loan_no=f"T-{number}", loan_id=number, as_of=local_day(noon, "Asia/Shanghai")
        )
        assert case.party is not None
        one = contact(case, party=case.party, template="sms_reminder", by=user, key="k")
        assert one.state == "booked"
    return Delivery.objects.update(gateway="line")


def due(number: int) -> list[Delivery]:
    found = Delivery.objects.filter(state="waiting").select_related("attempt__case")
    return list(found.order_by("pk")[:number])


def states() -> Counter[str]:
    return Counter(Delivery.objects.values_list("state", flat=True))


def test_all_that_is_due_goes_out_once_and_a_window_at_most_is_marked(texts: int) -> None:
    line = Line(answers=texts)
    stream = Stream(line, line, due=due, may_go_on=lambda: True)
    stream.run()
    assert (states(), stream.given) == ({"accepted": texts}, texts)
    assert Counter(Counter(line.taken).values()) == {1: texts}
    assert line.most == line.window  # and it is used


def test_a_window_of_one_goes_one_after_the_other(texts: int) -> None:
    line = Line(answers=texts, window=1)
    Stream(line, line, due=due, may_go_on=lambda: True).run()
    assert (states(), line.most) == ({"accepted": texts}, 1)


def test_a_line_that_breaks_leaves_what_was_not_given_away_waiting(texts: int) -> None:
    line = Line(answers=3)
    with pytest.raises(LineError):
        Stream(line, line, due=due, may_go_on=lambda: True).run()
    assert states() == {"accepted": 3, "waiting": texts - 3}
    assert set(Delivery.objects.filter(state="waiting").values_list("tries", flat=True)) == {0}


def test_a_failure_of_our_own_leaves_a_window_at_most_uncertain(texts: int) -> None:
    line = Line(answers=3, breaks_with=RuntimeError("a fault"))
    with pytest.raises(RuntimeError, match="a fault"):
        Stream(line, line, due=due, may_go_on=lambda: True).run()
    left = states()
    assert left["accepted"] == 3
    assert 0 < left["handed"] <= line.window
    assert recover("line") == left["handed"]
    assert states() == {
        "accepted": 3,
        "uncertain": left["handed"],
        "waiting": texts - 3 - left["handed"],
    }


def test_after_one_was_deferred_no_more_are_claimed(texts: int) -> None:
    line = Line(answers=texts, result="deferred")
    stream = Stream(line, line, due=due, may_go_on=lambda: True)
    stream.run()
    assert stream.deferred
    assert (len(line.taken), states()) == (line.window, {"waiting": texts})


def test_whoever_is_erased_after_he_was_read_is_not_written_to(texts: int) -> None:
    line = Line(answers=texts, window=2)
    gone = Delivery.objects.order_by("-pk")[0].attempt

    def erase_meanwhile() -> bool:
        if len(line.taken) == line.window:
            Party.objects.filter(pk=gone.party_id).update(wrapped_key=None)
        return True

    asked: list[int] = []
    Stream(line, line, due=lambda n: asked.append(n) or due(n), may_go_on=erase_meanwhile).run()  # type: ignore[func-returns-value]
    assert max(asked) > line.window  # he had been read with others
    assert gone.key not in line.taken
    assert states() == {"accepted": texts - 1, "failed": 1}


def test_what_was_read_a_while_ago_is_read_again(
    texts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carrears.outreach.streaming._AHEAD_SECONDS", -1.0)
    line = Line(answers=texts)
    Stream(line, line, due=due, may_go_on=lambda: True).run()
    assert states() == {"accepted": texts}
    assert Counter(Counter(line.taken).values()) == {1: texts}


def test_an_answer_and_the_receipt_that_came_with_it_are_written_once(texts: int) -> None:
    line = Line(answers=texts, references=True)
    stream = Stream(line, line, due=due, may_go_on=lambda: True)
    line.receipts = stream.keep_with
    with CaptureQueriesContext(connection) as captured:
        stream.run()
    writes = [one["sql"] for one in captured if one["sql"].startswith('update "outreach_delivery"')]
    assert states() == {"delivered": texts}
    assert set(Attempt.objects.values_list("state", flat=True)) == {"sent"}
    assert Receipt.objects.exclude(delivery=None).count() == texts
    told = Entry.objects.filter(kind__in=["message.sent", "message.delivered"])
    assert Counter(told.values_list("kind", flat=True)) == {
        "message.sent": texts,
        "message.delivered": texts,
    }
    claims = sum('"handed_at" = told' in one for one in writes)
    assert len(writes) - claims <= claims + 1  # each half of a window once more, and no receipt


def test_a_receipt_that_came_before_the_answer_is_kept_with_it(texts: int) -> None:
    first = Delivery.objects.order_by("pk")[0].attempt.key
    take_receipts("line", [Told(f"r-{first}", "undelivered", "EXPIRED")])
    line = Line(answers=texts, references=True)
    Stream(line, line, due=due, may_go_on=lambda: True).run()
    assert states() == {"accepted": texts - 1, "undelivered": 1}
    assert Receipt.objects.get().delivery == Delivery.objects.get(attempt__key=first)


def test_whoever_is_told_to_stop_ends_what_is_under_way(texts: int) -> None:
    line = Line(answers=texts)
    Stream(line, line, due=due, may_go_on=lambda: len(line.taken) < line.window).run()
    assert states() == {"accepted": line.window, "waiting": texts - line.window}
