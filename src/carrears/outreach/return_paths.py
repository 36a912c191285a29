"""A return path of its own for each message (VERP): a report tells by where it came of what it is.

``CARREARS_BOUNCE_ADDRESS`` names a mailbox that takes what stands behind a ``+`` (RFC 5233). With
``bounces@lender.example`` a mail leaves from ``bounces+<digest.mac>@lender.example``, the local
part of its Message-ID, which we signed. Servers send failures there (RFC 5321, 4.4), whatever they
leave out of the report itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SIGNED = re.compile(r"[0-9a-f]{24}\.[0-9a-f]{24}")
_LONGEST_LOCAL_PART = 64  # RFC 5321, 4.5.3.1.1


class ReturnPathError(ValueError):
    """An address that cannot be a return path; says why."""


@dataclass(frozen=True, slots=True)
class ReturnPaths:
    """The paths of one mailbox: ``name@domain``, for messages signed for ``sender_domain``."""

    name: str
    domain: str
    sender_domain: str

    @classmethod
    def of(cls, address: str, *, sender: str) -> ReturnPaths | None:
        """Those of an address; None where there is none.

        Raises:
            ReturnPathError: it is no plain address, or too long for what stands behind its name.
        """
        if not address:
            return None
        name, at, domain = address.partition("@")
        if not (at and re.fullmatch(r"[A-Za-z0-9._-]+", name) and re.fullmatch(r"[\w.-]+", domain)):
            raise ReturnPathError("CARREARS_BOUNCE_ADDRESS is name@domain, without a +")
        if len(name) + 1 + 24 + 1 + 24 > _LONGEST_LOCAL_PART:
            raise ReturnPathError("CARREARS_BOUNCE_ADDRESS: the name has 14 characters at most")
        return cls(name, domain, sender.rpartition("@")[2])

    def path_of(self, message_id: str) -> str:
        """From where a message leaves; one whose Message-ID was not signed from the mailbox."""
        token = message_id.strip("<>").partition("@")[0]
        behind = f"+{token}" if _SIGNED.fullmatch(token) else ""
        return f"{self.name}{behind}@{self.domain}"

    def message_of(self, addresses: Iterable[str]) -> str:
        """The Message-ID of whose path one of these addresses is; empty where none is."""
        start, end = f"{self.name}+".lower(), f"@{self.domain}".lower()
        for address in addresses:
            path = address.strip().strip("<>").lower()
            token = path.removeprefix(start).removesuffix(end)
            if path == f"{start}{token}{end}" and _SIGNED.fullmatch(token):
                return f"<{token}@{self.sender_domain}>"
        return ""
