"""E-mail as a gateway: one mail server, one message after the other."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings

from carrears.outreach.channels import Handed, LineError, Parcel
from carrears.outreach.dkim_signing import DkimKey, dkim_key_of_settings, sign_email
from carrears.outreach.email import EmailError, SmtpServer, build_email, connect, hand_over
from carrears.outreach.messages import lender_name, opt_out_url
from carrears.outreach.return_paths import ReturnPathError, ReturnPaths

_WINDOW = 50  # so many are locked while they are given away


@dataclass(frozen=True, slots=True)
class MailGateway:
    """A mail server. The same parcel has the same Message-ID, by which mailboxes keep it once."""

    server: SmtpServer
    name: str = "smtp"
    window: int = _WINDOW
    repeatable: bool = True

    @contextmanager
    def open(self) -> Iterator[MailLine]:
        """A session with the server.

        Raises:
            LineError: it does not answer or refuses us, or the key to sign with cannot be used:
                nothing leaves unsigned where it is to be signed.
        """
        try:
            key = dkim_key_of_settings()
            paths = ReturnPaths.of(settings.BOUNCE_ADDRESS, sender=settings.SENDER)
            with connect(self.server) as session:
                yield MailLine(session, key, paths)
        except (EmailError, ReturnPathError) as error:
            raise LineError(str(error)[:500]) from error
        except (OSError, smtplib.SMTPException) as error:
            raise LineError(f"mail server: {error}"[:500]) from error


@dataclass(frozen=True, slots=True)
class MailLine:
    """An open session by SMTP."""

    session: smtplib.SMTP
    key: DkimKey | None = None
    paths: ReturnPaths | None = None

    def hand_over(self, parcels: Sequence[Parcel]) -> Iterator[Handed]:
        """Send each message; says at once what the server answered.

        Raises:
            LineError: the session is gone; the message that it broke on may have been taken.
        """
        for parcel in parcels:
            try:
                email = build_email(
                    parcel.message,
                    key=parcel.key,
                    message_id=parcel.message_id,
                    sender=settings.SENDER,
                    sender_name=lender_name(parcel.locale),
                    to=parcel.to,
                    to_name=parcel.to_name,
                    language=parcel.locale,
                    opt_out_url=opt_out_url(parcel.party),
                    at=parcel.at,
                )
                if self.key is not None:
                    sign_email(email, self.key)
            except EmailError as error:
                yield Handed(parcel.key, "refused", str(error))
                continue
            back_to = self.paths.path_of(parcel.message_id) if self.paths else ""
            try:
                told = hand_over(self.session, email, back_to=back_to)
            except (OSError, smtplib.SMTPException) as error:
                said = parcel.without_person(str(error))[:500]
                yield Handed(parcel.key, "deferred", f"mail server: {said}", may_be_there=True)
                raise LineError(said) from error
            # By its Message-ID a bounce, a complaint or a reply names it.
            said = parcel.without_person(told.answer)
            yield Handed(parcel.key, told.result, said, (str(email["Message-ID"])[:80],))
