"""Mails that come in, as mail servers and people write them."""

from __future__ import annotations

OURS = "<0123456789abcdef0123456789abcdef01234567@lender.example>"
TO = "debtor@example.com"


def bounce(
    *,
    status: str = "5.1.1",
    action: str = "failed",
    to: str = TO,
    about: str = OURS,
    own: str = "<b1@mx.example.com>",
) -> bytes:
    """A delivery status notification, as Postfix writes it (RFC 3464, appendix E)."""
    return f"""\
Return-Path: <>
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
To: collections@lender.example
Subject: Undelivered Mail Returned to Sender
Message-ID: {own}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Wed, 1 Jul 2026 10:00:00 +0800 (CST)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.com
Diagnostic-Code: smtp; 550 {status} <{to}>: Recipient address
    rejected: User unknown

--b
Content-Type: text/rfc822-headers

From: collections@lender.example
To: {to}
Message-ID: {about}
Subject: reminder

--b--
""".replace("\n", "\r\n").encode()


def complaint(*, kind: str = "abuse", about: str = OURS, own: str = "<c1@fbl.example>") -> bytes:
    """A report of abuse (RFC 5965, appendix B.1), with the whole message."""
    return f"""\
From: <abusedesk@example.com>
Date: Thu, 2 Jul 2026 17:40:36 +0800
Subject: FW: reminder
Message-ID: {own}
To: <abuse@lender.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="f"

--f
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report for an email message.

--f
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1

--f
Content-Type: message/rfc822
Content-Disposition: inline

From: <collections@lender.example>
To: <{TO}>
Subject: reminder
Message-ID: {about}
MIME-Version: 1.0
Content-Type: text/plain

Please pay.
--f--
""".replace("\n", "\r\n").encode()


def reply(
    text: str,
    *,
    about: str = OURS,
    sender: str = TO,
    own: str = "<r1@example.com>",
    **headers: str,
) -> bytes:
    """What a person, or a machine for him, answers."""
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    answered = f"In-Reply-To: {about}\nReferences: <x@y.z> {about}\n" if about else ""
    head = (
        f"From: =?utf-8?b?6LW1?= <{sender}>\nTo: collections@lender.example\nSubject: Re: x\n"
        f"Message-ID: {own}\n{answered}{more}MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    )
    return (head + text).replace("\n", "\r\n").encode()
