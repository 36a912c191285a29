"""Numbers and addresses as somebody else's list has them: in clear, or hashed by its scheme.

A list says how its values were written before they were hashed, by which algorithm, and with
which salt. So the same can be done with a number that we know, and the two compared.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import phonenumbers

from carrears.parties.blind import CHINESE_MOBILE, DIALLING, Kind, normalise

Form = Literal["e164", "digits", "national", "email"]
Algorithm = Literal["clear", "sha256", "sha1", "md5", "sm3"]
SaltAt = Literal["before", "after", "key"]
FORMS: tuple[Form, ...] = get_args(Form)
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
SALT_AT: tuple[SaltAt, ...] = get_args(SaltAt)

# Why a row in clear cannot be read.
NO_NUMBER, NO_ADDRESS = "no telephone number", "no e-mail address"
_MOBILE = re.compile(rf"\+86{CHINESE_MOBILE.pattern}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class SchemeError(ValueError):
    """A list's scheme that makes no sense; the message says why."""


class UnreadableValueError(ValueError):
    """A row of a list that the scheme cannot have made; the message says why, not what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How a list writes and hashes its values.

    ``form`` is how a value was written: ``e164`` +8613800138000, ``digits`` the same without
    plus, ``national`` 13800138000 (of ``country`` alone), ``email`` trimmed and in lower case.
    ``salt_at``: the salt stands before or after the value, or keys an HMAC (RFC 2104).
    """

    form: Form
    algorithm: Algorithm
    salt: str = ""
    salt_at: SaltAt = "before"
    country: str = "CN"

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise SchemeError(f"unknown form {self.form!r}; known: {', '.join(FORMS)}")
        if self.algorithm not in ALGORITHMS:
            known = ", ".join(ALGORITHMS)
            raise SchemeError(f"unknown algorithm {self.algorithm!r}; known: {known}")
        if self.salt_at not in SALT_AT:
            raise SchemeError(f"unknown place of the salt {self.salt_at!r}")
        if self.salt and self.algorithm == "clear":
            raise SchemeError("values in clear have no salt")
        if self.salt_at == "key" and not self.salt:
            raise SchemeError("an HMAC needs its key as the salt")
        if self.country not in DIALLING:
            known = ", ".join(DIALLING)
            raise SchemeError(f"no dialling plan for country {self.country!r}; known: {known}")

    @property
    def kind(self) -> Kind:
        """Of what the list is."""
        return Kind.EMAIL if self.form == "email" else Kind.PHONE

    def digest_of(self, value: str, *, country: str) -> bytes | None:
        """What the list would hold of ``value``, a number dialled from ``country`` or an address.

        None where it could not be on the list: of another country, or nothing is left of it.
        """
        text = self._written(value, country)
        return self._hash(text) if text else None

    def reader(self) -> Callable[[str], bytes]:
        """A function that gives, of one row of the list's file, what ``digest_of`` gives.

        It raises:
            UnreadableValueError: the row is not what the scheme makes.
        """
        if self.algorithm == "clear":
            return self._read_clear
        digits = self._new(b"").digest_size * 2
        pattern = re.compile(rf"[0-9A-Fa-f]{{{digits}}}")
        problem = f"not {digits} hexadecimal digits ({self.algorithm})"

        def read(text: str) -> bytes:
            if pattern.fullmatch(text) is None:
                raise UnreadableValueError(problem)
            return bytes.fromhex(text)

        return read

    def _read_clear(self, text: str) -> bytes:
        written = self._written(text, self.country)
        if self.form == "email":
            if _EMAIL.fullmatch(written) is None:
                raise UnreadableValueError(NO_ADDRESS)
        elif not written or not _is_assigned(normalise(self.kind, text, country=self.country)):
            raise UnreadableValueError(NO_NUMBER)
        return written.encode()

    def _written(self, value: str, country: str) -> str:
        number = normalise(self.kind, value, country=country)
        if self.form == "email":
            return number.lower()
        if self.form == "e164":
            return number
        if self.form == "digits":
            return number.removeprefix("+")
        code, _trunk = DIALLING[self.country]
        return number.removeprefix(f"+{code}") if number.startswith(f"+{code}") else ""

    def _hash(self, text: str) -> bytes:
        value, salt = text.encode(), self.salt.encode()
        if self.algorithm == "clear":
            return value
        if self.salt_at == "key":
            return hmac.digest(salt, value, self.algorithm)
        return self._new(salt + value if self.salt_at == "before" else value + salt).digest()

    def _new(self, data: bytes) -> hashlib._Hash:
        # The lists' own choice: nothing of ours rests on the weak ones.
        return hashlib.new(self.algorithm, data, usedforsecurity=False)


def _is_assigned(number: str) -> bool:
    """Whether ``number``, with plus, is one that its country's plan has."""
    if _MOBILE.fullmatch(number):  # nearly all, in a hundredth of the time
        return True
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
