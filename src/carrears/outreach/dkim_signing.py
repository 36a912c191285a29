"""E-mail signed for the sender's domain (DKIM, RFC 6376), where a key is set."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import dkim
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from carrears.outreach.email import EmailError

# RFC 8301 3.2: signers use keys of at least 2048 bits, verifiers may refuse less than 1024.
_BITS = 2048
# RFC 6376 5.4.1, and by RFC 8058 4 both headers of the one-click unsubscription. ``from`` twice: a
# second one that somebody adds on the way breaks the signature (RFC 6376 8.15).
_SIGNED = (
    "from", "from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version",
    "content-type", "content-language", "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DkimKey:
    """The private key whose public half stands at ``<selector>._domainkey.<domain>``."""

    selector: str
    domain: str
    pem: bytes = field(repr=False)


def dkim_key_of_settings() -> DkimKey | None:
    """The key that is set, for the domain of the sender's address; None: mail goes unsigned.

    Raises:
        EmailError: one of the two settings lacks, or the file is no RSA key of 2048 bits or more.
    """
    told = (settings.DKIM_SELECTOR, settings.DKIM_KEY_FILE)
    if told == ("", ""):
        return None
    if "" in told:
        raise EmailError("of CARREARS_DKIM_SELECTOR and CARREARS_DKIM_KEY_FILE one is not set")
    try:
        pem = Path(settings.DKIM_KEY_FILE).read_bytes()
        key = load_pem_private_key(pem, password=None)
    except (OSError, ValueError, TypeError) as error:
        raise EmailError(f"CARREARS_DKIM_KEY_FILE cannot be read: {error}") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < _BITS:
        raise EmailError(f"CARREARS_DKIM_KEY_FILE is no RSA key of {_BITS} bits or more")
    return DkimKey(settings.DKIM_SELECTOR, settings.SENDER.rpartition("@")[2], pem)


def sign_email(email: EmailMessage, key: DkimKey) -> None:
    """Put the signature on a message that is not changed any more.

    Headers and body are signed ``relaxed``, so that servers on the way may fold and space them.

    Raises:
        EmailError: it cannot be signed, such as for a selector that no name in the DNS has.
    """
    try:
        header = dkim.sign(
            email.as_bytes(),
            key.selector.encode(),
            key.domain.encode(),
            key.pem,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name.encode() for name in _SIGNED],
        )
    except (dkim.DKIMException, ValueError) as error:
        raise EmailError(f"the message cannot be signed: {error}") from error
    # Unfolded: a relaxed header is the same, and the library folds no other way than its own.
    email["DKIM-Signature"] = " ".join(header.decode("ascii").partition(":")[2].split())
