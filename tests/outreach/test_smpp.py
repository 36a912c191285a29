"""Texts by SMPP 3.4 to an SMSC that is none of ours: given once, receipts threaded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from time import monotonic

import pytest
from django.conf import LazySettings
from factories import make_case, make_user
from outreach.smsc import SmscPeer, running_smsc

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.casework.words import text_of
from carrears.clock import at_local, local_day, now
from carrears.outreach.messages import read_message as read_message_of
from carrears.outreach.models import Attempt, Delivery, Receipt, UnknownText
from carrears.outreach.receipts import Told, take_receipts
from carrears.outreach.reply_words import asks_to_stop
from carrears.outreach.services import contact
from carrears.outreach.smpp.ids import Ids, id_of_answer, id_of_receipt
from carrears.outreach.smpp.pdus import Address, Message, PduError, read_message, take_pdu
from carrears.outreach.smpp.receipts import read_receipt
from carrears.outreach.smpp.session import Smsc
from carrears.outreach.smpp.texts import GSM_7, UCS_2, TextError, cut_text, read_text
from carrears.outreach.sms_service import _Intake, run

NUMBER = "8613900000001"


@pytest.mark.parametrize(
    ("text", "coding", "count"),
    [
        ("a" * 160, GSM_7, 1),
        ("a" * 161, GSM_7, 2),
        ("a" * 306, GSM_7, 2),
        ("a" * 307, GSM_7, 3),
        ("€" * 80, GSM_7, 1),  # of the extension table: two septets each
        ("€" * 81, GSM_7, 2),
        ("您" * 70, UCS_2, 1),
        ("您" * 71, UCS_2, 2),
        ("您" * 134, UCS_2, 2),
        ("您" * 135, UCS_2, 3),
        ("😀" * 35, UCS_2, 1),  # two code units each
        ("😀" * 36, UCS_2, 2),
    ],
)
def test_a_text_is_cut_where_the_alphabet_says(text: str, coding: int, count: int) -> None:
    cut = cut_text(text)
    assert (cut.coding, cut.count) == (coding, count)
    assert "".join(read_text(part, coding) for part in cut.parts) == text  # none cut in two


def test_no_text_is_refused() -> None:
    with pytest.raises(TextError):
        cut_text("")


def test_a_receipt_is_read_from_its_text_whatever_the_message_began_with() -> None:
    text = b"id:0A sub:001 dlvrd:000 submit date:2611281200 done date:2611281201 stat:UNDELIV"
    told = Message(Address(1, 1, NUMBER), Address(0, 0, "1"), text + b" err:027 Text:id:9 stat:", 4)
    receipt = read_receipt(told)
    assert receipt is not None
    assert (receipt.reference, receipt.fate, receipt.words) == ("0A", "undelivered", "UNDELIV 027")


@pytest.mark.parametrize("cut", [0, 5, 17, 20])
def test_a_message_that_is_cut_off_is_refused(cut: int) -> None:
    with pytest.raises(PduError):
        read_message((b"\0\1\1861\0\1\1862\0" + bytes(9) + b"\x05hello")[:cut])


def test_a_length_that_no_unit_has_is_refused() -> None:
    with pytest.raises(PduError):
        take_pdu(bytearray(b"\xff" * 16))


@pytest.fixture
def smsc(settings: LazySettings) -> Iterator[SmscPeer]:
    with running_smsc() as peer:
        settings.SMS_URL = peer.url()
        yield peer


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    at = at_local(local_day(now(), "Asia/Shanghai"), time(12), "Asia/Shanghai")
    for module in ("services", "sending", "judging", "gateways", "receipts"):
        monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: at)
    # What the tape says was said before, at whatever hour the tests run.
    monkeypatch.setattr("carrears.parties.services.now", lambda: at - timedelta(days=1))
    # What is deferred is due again at once, as this clock stands still.
    monkeypatch.setattr("carrears.outreach.sms_service.now", lambda: at + timedelta(minutes=5))
    return at


@pytest.fixture
def case(noon: datetime) -> Case:
    return make_case(loan_no="A-05", as_of=local_day(noon, "Asia/Shanghai"))


@pytest.fixture
def user() -> User:
    return make_user(role="collector")


def text(case: Case, user: User, key: str = "k1") -> Attempt:
    assert case.party is not None
    return contact(case, party=case.party, template="sms_reminder", by=user, key=key)


def states() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("state", "attempt__state"))


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["text", "tlv"])
@pytest.mark.parametrize("ids", ["hex-dec", "dec-hex"])
def test_a_receipt_may_write_the_id_otherwise_than_the_answer(
    settings: LazySettings, case: Case, user: User, ids: str, how: str
) -> None:
    with running_smsc(first=0x9FFF9) as smsc:
        settings.SMS_URL = smsc.url(ids=ids)
        smsc.order(ids=ids, receipts=how)
        text(case, user)
        run(stop=NoPause(), drain=True)
        drain()
        assert states() == [("delivered", "sent")]
        first = Delivery.objects.get().references[0]
        assert first == str(0x9FFFA)
        # Which of both is meant is set: to any other SMSC another number is another message.
        settings.SMS_URL = smsc.url()
        text(case, user, key="k2")
        drain()
        drain()
        assert states()[1] == ("accepted", "sent")


@pytest.mark.parametrize(
    ("told", "ids", "answer", "receipt"),
    [
        ("0000A1B2", "hex-dec", "41394", "0000A1B2"),
        ("41394", "dec-hex", "41394", "267156"),
        ("m-17", "hex-dec", "m-17", "m-17"),
        ("1_0", "hex-dec", "1_0", "1_0"),
        ("0A", "same", "0A", "0A"),
    ],
)
def test_ids_come_to_one_form(told: str, ids: Ids, answer: str, receipt: str) -> None:
    assert (id_of_answer(told, ids), id_of_receipt(told, ids)) == (answer, receipt)


def test_what_is_no_way_to_write_ids_is_refused() -> None:
    with pytest.raises(ValueError, match="options of an SMSC"):
        Smsc.from_url("smpp://carrears:secret@127.0.0.1?ids=hex")


class NoPause(threading.Event):
    """Whoever waits for it goes on at once."""

    def wait(self, timeout: float | None = None) -> bool:
        del timeout
        return self.is_set()


def drain() -> None:
    run(stop=NoPause(), drain=True)


@pytest.mark.django_db
def test_a_text_goes_out_once_in_parts_that_a_phone_puts_together(
    smsc: SmscPeer, case: Case, user: User
) -> None:
    attempt = text(case, user)
    assert attempt.state == "booked"
    drain()
    text(case, user)
    drain()
    parts = smsc.submitted()
    assert {one["to"] for one in parts} == {NUMBER}
    assert {(one["from"], one["coding"], one["esm"]) for one in parts} == {("10690000", 8, 64)}
    whole = "".join(one["text"] for one in parts)
    assert whole.startswith("【示例汽车金融有限公司】赵试一您好")
    assert whole.endswith("拒收请回复TD")
    assert [one["udh"][0][-2:] for one in parts] == [
        [len(parts), number + 1] for number in range(len(parts))
    ]
    delivery = Delivery.objects.get()
    assert (delivery.parts, delivery.references) == (len(parts), [p["submitted"] for p in parts])


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["text", "tlv"])
def test_receipts_say_that_it_arrived(smsc: SmscPeer, case: Case, user: User, form: str) -> None:
    smsc.order(receipts=form)
    text(case, user)
    drain()
    assert states() == [("delivered", "sent")]


@pytest.mark.django_db
def test_throttled_texts_are_tried_again_and_refused_ones_die(
    smsc: SmscPeer, case: Case, user: User
) -> None:
    parts = cut_text(read_message_of(text(case, user)).text.strip()).count
    smsc.order(receipts="", throttle=parts)
    drain()
    assert (states(), Delivery.objects.get().tries) == ([("accepted", "sent")], 2)
    smsc.order(refuse=9)
    text(case, user, "k2")
    drain()
    assert states()[1] == ("failed", "failed")


@pytest.mark.django_db
def test_a_line_cut_after_the_text_left_makes_it_uncertain_and_it_is_not_given_again(
    smsc: SmscPeer, case: Case, user: User
) -> None:
    smsc.order(receipts="", drop=1)
    text(case, user)
    drain()
    given = len(smsc.submitted())
    drain()
    assert states() == [("uncertain", "booked")]
    assert len(smsc.submitted()) == given


@pytest.mark.django_db
def test_a_receipt_settles_what_was_uncertain_where_it_can_mean_no_other(
    smsc: SmscPeer, case: Case, user: User
) -> None:
    smsc.order(receipts="", drop=1)
    text(case, user)
    drain()
    index = bytes(Delivery.objects.get().attempt.contact_point.value_index)  # type: ignore[union-attr]
    for reference in ("m1", "m1", "m2", "m3"):
        take_receipts("smpp", [Told(reference, "delivered", "DELIVRD", (index,))])
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempt.state) == ("accepted", "sent")  # a part is known of
    assert Receipt.objects.count() == 3


@pytest.mark.django_db
def test_a_receipt_that_nobody_was_left_to_thread_is_threaded_by_the_next(
    smsc: SmscPeer, case: Case, user: User
) -> None:
    """It was kept, and whoever kept its message's answer ended before looking for it."""
    smsc.order(receipts="")
    text(case, user)
    drain()
    references = Delivery.objects.get().references
    assert references
    Receipt.objects.bulk_create(
        Receipt(gateway="smpp", reference=one, fate="delivered", words="", received_at=now())
        for one in references
    )
    assert states() == [("accepted", "sent")]
    drain()
    assert states() == [("delivered", "sent")]


@pytest.mark.django_db
def test_an_smsc_that_is_down_loses_nothing(settings: LazySettings, case: Case, user: User) -> None:
    with running_smsc() as gone:
        settings.SMS_URL, port = gone.url(), gone.port
    text(case, user)
    drain()
    assert states() == [("waiting", "booked")]
    with running_smsc(port) as back:
        back.order(receipts="")
        drain()
        assert states() == [("accepted", "sent")]
        assert len(back.submitted()) == Delivery.objects.get().parts


@pytest.mark.parametrize(
    ("said", "stops"),
    [
        ("TD", True),
        (" ｔｄ。", True),
        ("回复TD", True),
        ("退订", True),
        ("STOP", True),
        ("Stop!", True),
        ("不要再给我发短信了", True),
        ("别再骚扰我", True),
        ("please don't text me any more", True),
        ("Stop texting me", True),
        ("好的，明天还", False),
        ("I stopped working, cannot pay", False),
        ("请发一份账单", False),
        ("已停止使用该车", False),
    ],
)
def test_a_reply_that_asks_to_be_left_alone_is_understood(said: str, stops: bool) -> None:  # noqa: FBT001
    assert asks_to_stop(said, on=date(2026, 11, 28)) is stops


@pytest.mark.django_db
def test_a_reply_takes_effect_at_once_and_stands_on_the_timeline(
    smsc: SmscPeer, case: Case, user: User
) -> None:
    smsc.order(receipts="")
    text(case, user)
    stop = Until(UnknownText.objects.exists)

    def write() -> None:
        smsc.wait_for("bound")
        smsc.reply(NUMBER, "退订")
        smsc.reply("8613911112222", "who is this")

    writer = threading.Thread(target=write)
    writer.start()
    run(stop=stop)
    writer.join()

    case.refresh_from_db()
    assert [text_of(one) for one in case.events.filter(kind="note")] == ["退订"]
    after = text(case, user, "k2")
    assert (after.state, after.gate_action) == ("blocked", "block")
    assert b"who" not in bytes(UnknownText.objects.get().text_sealed)


class Until(NoPause):
    """Set once something holds; whoever waits in vain fails."""

    def __init__(self, holds: Callable[[], bool]) -> None:
        super().__init__()
        self._holds, self._end = holds, monotonic() + 60

    def is_set(self) -> bool:
        assert monotonic() < self._end
        return self._holds()


@pytest.mark.django_db
def test_what_the_smsc_tells_meanwhile_is_no_reply(case: Case) -> None:
    """An intermediate notification (esm_class 0x20): the phone is off, the SMSC tries on."""
    where = Address(1, 1, "8613900000001")
    words = b"id:m1 sub:001 dlvrd:000 submit date:2611300900 done date:2611300905 stat:%s err:01B"
    told = [
        Message(where, where, words % b"ENROUTE", esm_class=0x20),
        Message(where, where, words.replace(b"m1", b"m2") % b"UNDELIV", esm_class=0x20),
        Message(where, where, words.replace(b"m1", b"m3") % b"DELIVRD", esm_class=0x04),
    ]
    _Intake().take(told)
    kept = Receipt.objects.order_by("reference").values_list("reference", "fate", "words")
    assert list(kept) == [
        ("m1", "under_way", "ENROUTE 01B"),
        ("m2", "under_way", "UNDELIV 01B"),
        ("m3", "delivered", "DELIVRD 01B"),
    ]
    assert UnknownText.objects.count() == 0
    assert case.events.filter(kind="note").count() == 0
