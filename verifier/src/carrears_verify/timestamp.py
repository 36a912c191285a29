"""Verify a time-stamp (RFC 3161 over CMS, RFC 5652) with nothing but ``cryptography``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from carrears_verify import der
from carrears_verify.der import INTEGER, OCTETS, SEQUENCE, SET, TIME, DerError, Element

_GRANTED = (b"\x00", b"\x01")
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_TST_INFO = "1.2.840.113549.1.9.16.1.4"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_HASHES = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
_LONGEST_CHAIN = 8
# What bytes that are no certificate, key or signature raise, besides ``DerError``.
_MALFORMED = (
    ValueError, IndexError, InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion,
    x509.DuplicateExtension, x509.UnsupportedGeneralNameType,
)  # fmt: skip


class StampError(Exception):
    """A time-stamp does not verify; says why."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """When an authority saw the message, and the authority's name in its certificate."""

    at: datetime
    authority: str


@dataclass(frozen=True, slots=True)
class _Token:
    """The parts of a token that verification needs."""

    content: bytes  # TSTInfo
    certificates: list[x509.Certificate]
    signer: Element


def verify_stamp(response: bytes, message: bytes, roots: bytes) -> Stamped:
    """Accept that an authority, vouched for by one of ``roots`` (PEM), stamped ``message``.

    Raises:
        StampError: it did not.
    """
    try:
        token = _token(response)
        trusted = x509.load_pem_x509_certificates(roots)
        at = _expect_message(token.content, message)
        signer = _expect_signature(token)
        _expect_stamping(signer)
        _expect_chain(signer, token.certificates, trusted, at)
    except _MALFORMED as error:
        raise StampError(f"no true time-stamp: {type(error).__name__} {error}") from error
    return Stamped(at, signer.subject.rfc4514_string())


def _token(response: bytes) -> _Token:
    status, *rest = der.read(response).expect(SEQUENCE).children()
    if (
        status.expect(SEQUENCE).children()[0].expect(INTEGER).content not in _GRANTED
        or len(rest) != 1
    ):
        raise DerError("the authority did not grant it")
    kind, wrapped = rest[0].expect(SEQUENCE).children()
    if der.oid_text(kind) != _SIGNED_DATA:
        raise DerError("no signed data")
    signed = wrapped.children()[0].expect(SEQUENCE).children()
    content_type, content = signed[2].expect(SEQUENCE).children()
    if der.oid_text(content_type) != _TST_INFO:
        raise DerError("no time-stamp is signed")
    certificates = [
        x509.load_der_x509_certificate(one.whole)
        for part in signed[3:-1]
        if part.tag == 0xA0  # noqa: PLR2004  the certificates, an implicit set
        for one in part.children()
    ]
    signers = signed[-1].expect(SET).children()
    if len(signers) != 1:
        raise DerError(f"{len(signers)} signers")
    info = content.children()[0].expect(OCTETS).content
    return _Token(info, certificates, signers[0].expect(SEQUENCE))


def _expect_message(info: bytes, message: bytes) -> datetime:
    """The time of a TSTInfo that is about ``message``."""
    parts = der.read(info).expect(SEQUENCE).children()
    algorithm, imprint = parts[2].expect(SEQUENCE).children()
    name = _hash_of(algorithm).name
    if imprint.expect(OCTETS).content != hashlib.new(name, message).digest():
        raise DerError("it stamps another checkpoint")
    text = parts[4].expect(TIME).content.decode("ascii")
    whole, _, fraction = text.removesuffix("Z").partition(".")
    if not text.endswith("Z"):
        raise DerError("a time that is not UTC")
    moment = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return moment.replace(microsecond=int(fraction[:6].ljust(6, "0")) if fraction else 0)


def _expect_signature(token: _Token) -> x509.Certificate:
    """The certificate of who signed the token."""
    parts = token.signer.children()
    signer = _certificate(parts[1].expect(SEQUENCE), token.certificates)
    digest = _hash_of(parts[2])
    attributes = parts[3].expect(0xA0)
    _expect_attributes(attributes, digest, token.content)
    signed = bytes([SET]) + attributes.whole[1:]  # RFC 5652, 5.4: as a set, not as it is tagged
    _verify(signer, parts[5].expect(OCTETS).content, signed, digest)
    return signer


def _certificate(sid: Element, certificates: list[x509.Certificate]) -> x509.Certificate:
    issuer, serial = sid.children()
    number = int.from_bytes(serial.expect(INTEGER).content, "big", signed=True)
    for one in certificates:
        if one.serial_number == number and one.issuer.public_bytes() == issuer.whole:
            return one
    raise DerError("without its signer's certificate")


def _expect_attributes(attributes: Element, digest: hashes.HashAlgorithm, content: bytes) -> None:
    found = {}
    for one in attributes.children():
        kind, values = one.expect(SEQUENCE).children()
        found[der.oid_text(kind)] = values.expect(SET).children()
    kinds, digests = found.get(_CONTENT_TYPE, []), found.get(_MESSAGE_DIGEST, [])
    if [der.oid_text(one) for one in kinds] != [_TST_INFO]:
        raise DerError("signed as something else")
    hashed = hashlib.new(digest.name, content).digest()
    if [one.expect(OCTETS).content for one in digests] != [hashed]:
        raise DerError("its content was altered")


def _verify(
    signer: x509.Certificate, signature: bytes, signed: bytes, digest: hashes.HashAlgorithm
) -> None:
    key = signer.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(digest))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), digest)
    else:
        raise UnsupportedAlgorithm("a key that is neither RSA nor on an elliptic curve")


def _expect_stamping(signer: x509.Certificate) -> None:
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound as error:
        raise StampError("the signer's certificate is not for time-stamps") from error
    only = [ExtendedKeyUsageOID.TIME_STAMPING]
    if not usage.critical or list(usage.value) != only:  # RFC 3161, 2.3
        raise StampError("the signer's certificate is not for time-stamps alone")


def _expect_chain(
    signer: x509.Certificate,
    others: list[x509.Certificate],
    roots: list[x509.Certificate],
    at: datetime,
) -> None:
    """One of the roots vouches for the signer, through certificates valid at the time."""
    current = signer
    for _ in range(_LONGEST_CHAIN):
        if not current.not_valid_before_utc <= at <= current.not_valid_after_utc:
            raise StampError("a certificate was not valid at that time")
        if current in roots:
            return
        above = [one for one in [*roots, *others] if _issued(current, one)]
        if not above or above[0] == current:
            break
        current = above[0]
    raise StampError("no trusted root vouches for the authority")


def _issued(below: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
        constraints = above.extensions.get_extension_for_class(x509.BasicConstraints)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound, UnsupportedAlgorithm):
        return False
    return constraints.value.ca


def _hash_of(algorithm: Element) -> hashes.HashAlgorithm:
    name = der.oid_text(algorithm.expect(SEQUENCE).children()[0])
    if name not in _HASHES:
        raise DerError(f"an unknown hash {name}")
    return _HASHES[name]
