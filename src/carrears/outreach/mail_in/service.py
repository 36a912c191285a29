"""Read the mailbox that is set, mail by mail; what does harm is put aside and stops no other."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path

from django.conf import settings
from django.db import OperationalError

from carrears.clock import now
from carrears.database.wall import as_house
from carrears.evidence.services import sequence
from carrears.outreach.mail_in.attachments import file_attachments
from carrears.outreach.mail_in.imap import MailboxAddress, open_mailbox
from carrears.outreach.mail_in.taking import put_aside, take_mail

_log = logging.getLogger(__name__)
_AT_ONCE = 500


def mailbox_of_settings() -> MailboxAddress | None:
    """The mailbox that is set (``CARREARS_IMAP_URL``), if one is.

    Raises:
        ValueError: it cannot be read.
    """
    if not settings.IMAP_URL:
        return None
    secret = settings.IMAP_SECRET_FILE
    password = Path(secret).read_text(encoding="utf-8").strip() if secret else ""
    return MailboxAddress.from_url(settings.IMAP_URL, password=password)


def read_mailbox() -> Counter[str]:
    """Take in what nobody has seen; returns how many of each kind. Nothing where no mailbox is set.

    The files that came with it, and those that still wait, are brought into the vault.

    Raises:
        MailboxError: it cannot be read; what was taken in until then stays.
    """
    try:
        return _read()
    finally:
        with as_house():
            if file_attachments():
                sequence()


def _read() -> Counter[str]:
    told: Counter[str] = Counter()
    address = mailbox_of_settings()
    if address is None:
        return told
    with as_house(), open_mailbox(address) as mailbox:
        place = _place(address, mailbox.validity())
        for uid, raw in mailbox.unseen(_AT_ONCE):
            told[_take(f"{place} uid {uid}", raw)] += 1
            mailbox.mark_seen(uid)
    if told:
        sequence()
    return told


def _place(address: MailboxAddress, validity: str) -> str:
    """In which mailbox, and of which age, a UID names a mail."""
    return f"{address.user}@{address.host}/{address.folder} uidvalidity {validity}"


def _take(name: str, raw: bytes | None) -> str:
    """Take in one mail; of one that was not read ``name`` is all that is known."""
    if raw is None:
        return put_aside(name.encode(), problem="it is too large to read", at=now())
    try:
        return take_mail(raw, at=now())
    except OperationalError:
        raise  # the database's fault, not the mail's: it is read again
    except Exception as error:  # noqa: BLE001  whatever it is, the mails after it are to be read
        _log.exception("a mail was put aside")
        return put_aside(raw, problem=type(error).__name__, at=now())
