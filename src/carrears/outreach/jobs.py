"""What outreach does by itself: tell of open calls and dead letters, see to mail that comes in."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app


@app.periodic(cron="*/5 * * * *")
@app.task(queue="conduct", queueing_lock="outreach.calls_left", lock="outreach.calls_left")
def raise_calls_left_open(timestamp: int) -> None:
    """Tell the team lead of calls whose result nobody told. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.outreach.open_calls import raise_calls_left  # noqa: PLC0415  see above

    try:
        raise_calls_left(at=now())
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay


@app.periodic(cron="2-59/10 * * * *")
@app.task(queue="conduct", queueing_lock="outreach.dead_letters", lock="outreach.dead_letters")
def tell_of_messages_lost(timestamp: int) -> None:
    """Tell those who see to it of messages that did not get through, out or in.

    Bears a second start.
    """
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.outreach.dead_letters import tell_of_dead_letters  # noqa: PLC0415  see above
    from carrears.outreach.unknown_texts import tell_of_unknown_texts  # noqa: PLC0415  see above

    try:
        tell_of_dead_letters(at=now())
        tell_of_unknown_texts(at=now())
    finally:
        connection.close()  # as above


@app.periodic(cron="* * * * *")
@app.task(queue="conduct", queueing_lock="outreach.mail_in", lock="outreach.mail_in")
def read_mail_in(timestamp: int) -> None:
    """Read bounces, complaints and replies from the mailbox. Bears a second start."""
    del timestamp
    from carrears.outreach.mail_in.service import read_mailbox  # noqa: PLC0415  see above

    try:
        read_mailbox()
    finally:
        connection.close()  # see above


@app.periodic(cron="* * * * *")
@app.task(queue="conduct", queueing_lock="outreach.visits", lock="outreach.visits")
def call_off_needless_visits(timestamp: int) -> None:
    """Call off visits ahead for which nothing is left. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  see above
    from carrears.outreach.visit_ends import call_off_all_needless  # noqa: PLC0415

    try:
        call_off_all_needless(at=now())
    finally:
        connection.close()  # see above


@app.periodic(cron="4-59/5 * * * *")
@app.task(queue="conduct", queueing_lock="outreach.soft", lock="outreach.soft")
def send_soft_bounces_again(timestamp: int) -> None:
    """Send mails again that came back for a reason that passes. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  see above
    from carrears.outreach.mail_in.soft_retries import retry_soft_bounces  # noqa: PLC0415

    try:
        retry_soft_bounces(at=now())
    finally:
        connection.close()  # see above


@app.periodic(cron="40 3 * * *")
@app.task(queue="conduct", queueing_lock="outreach.portal", lock="outreach.portal")
def empty_expired_inboxes(timestamp: int) -> None:
    """Drop the words of messages whose time in the inbox is over. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  see above
    from carrears.outreach.portal_inbox import empty_expired  # noqa: PLC0415  see above

    try:
        empty_expired(at=now())
    finally:
        connection.close()  # see above


@app.periodic(cron="*/5 * * * *")
@app.task(queue="letters", queueing_lock="outreach.letters", lock="outreach.letters")
def make_letters_by_the_hour(timestamp: int) -> None:
    """Batch letters for the print house once their hour has come. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.outreach.letter_runs import make_due_batches  # noqa: PLC0415  see above
    from carrears.outreach.printing import AlreadyPrintingError  # noqa: PLC0415  see above

    try:
        if make_due_batches(at=now()):
            sequence()
    except AlreadyPrintingError:
        return  # by hand: the next look finds what is left
    finally:
        connection.close()  # see above


@app.task(queue="letters", queueing_lock="outreach.letters_now", lock="outreach.letters")
def make_letters_now(until: str, by: int) -> None:
    """The same for what waited at a moment, as somebody asked. Bears a second start."""
    from datetime import datetime  # noqa: PLC0415  see above

    from carrears.access.models import User  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.outreach.letter_runs import make_batches  # noqa: PLC0415  see above

    try:
        if make_batches(until=datetime.fromisoformat(until), by=User.objects.get(pk=by)):
            sequence()
    finally:
        connection.close()  # see above


@app.task(queue="contact", lock="outreach.again")
def send_many_again(order: int = 0) -> None:
    """Work off the orders to send dead letters again. Bears a second start."""
    del order  # whichever are not done
    _send_many_again()


@app.periodic(cron="* * * * *")
@app.task(queue="contact", queueing_lock="outreach.again_left", lock="outreach.again")
def go_on_sending_again(timestamp: int) -> None:
    """Take up what a killed worker left of them. Bears a second start."""
    del timestamp
    _send_many_again()


def _send_many_again() -> None:
    from carrears.outreach.sending_again import unfinished, work_off  # noqa: PLC0415  see above

    try:
        for one in unfinished():
            work_off(one)
    finally:
        connection.close()  # see above
