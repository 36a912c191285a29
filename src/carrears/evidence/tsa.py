"""Time-stamps by RFC 3161: an authority signs that a checkpoint existed at a moment."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

import rfc3161_client as rfc3161
from cryptography import x509

from carrears.outgoing import OutgoingError, fetch

_TIMEOUT_SECONDS = 20
_LONGEST_ANSWER = 256 * 1024


class StampError(Exception):
    """A time-stamp could not be had, or does not stamp what it is given for; says why."""


class FalseStampError(StampError):
    """What came is no time-stamp of what it was asked for."""


def ask_stamp(url: str, message: bytes, *, roots: bytes) -> bytes:
    """A time-stamp of ``message`` by the authority at ``url``, verified as ``verify_stamp`` does.

    Only the message's SHA-256 leaves the house.

    Returns:
        The response, DER.

    Raises:
        StampError: see there.
    """
    request = (
        rfc3161.TimestampRequestBuilder()
        .data(message)
        .hash_algorithm(rfc3161.HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    answer = _post(url, request.as_bytes())
    verify_stamp(answer, message, roots=roots, nonce=request.nonce)
    return answer


def verify_stamp(
    response: bytes, message: bytes, *, roots: bytes, nonce: int | None = None
) -> datetime:
    """When the authority saw ``message``, by its clock.

    Args:
        response: what ``ask_stamp`` returned.
        message: what was stamped.
        roots: certificates that are trusted, PEM.
        nonce: the one of the request, where it is known.

    Raises:
        FalseStampError: it is malformed, stamps something else, or no root vouches for its signer.
        StampError: the authority refused, or the roots cannot be read.
    """
    try:
        certificates = x509.load_pem_x509_certificates(roots)
    except ValueError as error:
        raise StampError(f"no root certificates: {error}") from error
    try:
        found = rfc3161.decode_timestamp_response(response)
    except ValueError as error:
        raise FalseStampError(f"no time-stamp: {error}") from error
    verifier = rfc3161.VerifierBuilder(roots=certificates, nonce=nonce).build()
    try:
        if found.status not in {rfc3161.PKIStatus.GRANTED, rfc3161.PKIStatus.GRANTED_WITH_MODS}:
            raise StampError(
                f"the authority refused: {' '.join(found.status_string) or found.status}"
            )
        verifier.verify_message(found, message)
    except (rfc3161.VerificationError, x509.InvalidVersion, ValueError) as error:
        raise FalseStampError(f"the time-stamp does not verify: {error}") from error
    return found.tst_info.gen_time


def _post(url: str, body: bytes) -> bytes:
    try:
        answer = fetch(
            url,
            body=body,
            headers={"Content-Type": "application/timestamp-query"},
            timeout=_TIMEOUT_SECONDS,
            at_most=_LONGEST_ANSWER,
        )
    except OutgoingError as error:
        raise StampError(f"the authority does not answer: {error}") from error
    if answer.status != HTTPStatus.OK:
        raise StampError(f"the authority answers {answer.status}")
    return answer.body
