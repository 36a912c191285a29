"""Look up sealed data without opening it: keyed blind indexes and search tokens.

An index is HMAC-SHA256 over the normalised value, cut to 16 bytes, under a key that HKDF
derives from the index key of the keyring for each kind. Whoever reads the database alone learns
which rows are equal and how often, but no value; he cannot try values out without the key.
"""

from __future__ import annotations

import functools
import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum

from carrears.parties.ciphers import derive_key
from carrears.parties.keyring import Keyring
from carrears.parties.pinyin import spellings


class Kind(StrEnum):
    """What a piece of personal data is; decides how it is normalised and masked."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    ID_NO = "id_no"
    PLATE = "plate"
    VIN = "vin"
    ADDRESS = "address"
    PORTAL = "portal"


_INDEX_BYTES = 16
_SHORTEST_LATIN_PREFIX = 3
_LONGEST_PREFIX = 24
_SHORTEST_PINYIN = 2
# Raised when stored tokens would be others than before: 1 knows pinyin.
TOKENS_VERSION = 1
# Country calling code and the digit dialled before a national number (ITU-T E.164, E.123).
DIALLING = {"CN": ("86", "0"), "US": ("1", "1")}
_EXTENSION = re.compile(r"(?:ext\.?|x|#|;|,|转|分机).*$", re.IGNORECASE)
CHINESE_MOBILE = re.compile(r"1[3-9]\d{9}")
_NOT_SERIAL = re.compile(r"[\W_]+")
_HAN = (
    r"\u2e80-\u2fdf\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_HAN_START = re.compile(rf"[{_HAN}]")


def normalise(kind: Kind, value: str, *, country: str = "CN") -> str:
    """The one form of ``value`` that is indexed; empty when nothing is left.

    Phones become ``+`` and digits, e-mail is casefolded, serials (identity number, plate,
    VIN) are upper-case letters and digits, names and addresses are casefolded with single
    spaces, accounts of the portal stay as they are; all after Unicode NFKC, so full-width
    digits are digits.

    Raises:
        ValueError: a phone of a country whose dialling plan is not known here.
    """
    text = unicodedata.normalize("NFKC", value).strip()
    match kind:
        case Kind.PHONE:
            return _international(text, country)
        case Kind.EMAIL:
            return text.casefold()
        case Kind.PORTAL:
            return text
        case Kind.ID_NO | Kind.PLATE | Kind.VIN:
            return _NOT_SERIAL.sub("", text).upper()
        case Kind.NAME | Kind.ADDRESS:
            return " ".join(text.casefold().split())


def blind_index(ring: Keyring, kind: Kind, value: str, *, country: str = "CN") -> bytes | None:
    """The 16-byte index of ``value``; None for a value that is empty once normalised."""
    return index_many(ring, kind, [value], country=country)[0]


def blind_indexes(ring: Keyring, kind: Kind, value: str, *, country: str = "CN") -> list[bytes]:
    """``blind_index`` under every key on the ring: what is stored is asked for by all of them."""
    each = (blind_index(one, kind, value, country=country) for one in ring.each_index())
    return [found for found in each if found is not None]


def index_many(
    ring: Keyring, kind: Kind, values: Iterable[str | None], *, country: str = "CN"
) -> list[bytes | None]:
    """``blind_index`` for a whole column; None and empty values give None."""
    key = _index_key(ring.index_key, kind)
    forms = (normalise(kind, value, country=country) if value else "" for value in values)
    return [
        hmac.digest(key, form.encode(), "sha256")[:_INDEX_BYTES] if form else None for form in forms
    ]


def foreign_indexes(ring: Keyring, whose: str, digests: Iterable[bytes]) -> Iterator[bytes]:
    """What to keep of somebody else's hashes of personal data, as long as ``blind_index``.

    A hash without a secret is found by trying all numbers; under a key of the house it is not.
    ``whose`` is the name of the list: who is on two lists cannot be told from what is kept.
    """
    key = _index_key(ring.index_key, f"foreign|{whose}")
    return (hmac.digest(key, digest, "sha256")[:_INDEX_BYTES] for digest in digests)


def name_tokens(ring: Keyring, name: str) -> list[bytes]:
    """The tokens to store for ``name``, in a GIN index, so that beginnings of it find it.

    A Han name also gives tokens for its pinyin (``spellings``).

    Han names give a token for each beginning (王, 王小, 王小明), also when written with a
    space; a name of several parts (阿依·古丽) also for each part. Latin words give one for
    each beginning of three letters and more, shorter words as they are.
    """
    return name_tokens_many(ring, [name])[0]


def name_tokens_many(ring: Keyring, names: Iterable[str | None]) -> list[list[bytes]]:
    """``name_tokens`` for a whole column; None gives no tokens."""
    written = _index_key(ring.index_key, "name prefix")
    spelled = _index_key(ring.index_key, "name pinyin")
    return [
        sorted(_hashed(written, _stored_prefixes(name)) + _hashed(spelled, _spelled(name)))
        if name
        else []
        for name in names
    ]


def pinyin_tokens(ring: Keyring, query: str) -> list[bytes]:
    """The token that a stored Han name has when ``query`` is its pinyin or its initials.

    At most one; none when anything but Latin letters was typed, or a single letter.
    """
    words = _words(query)
    joined = "".join(words)
    if len(joined) < _SHORTEST_PINYIN or not joined.isascii() or not joined.isalpha():
        return []
    return _hashed(_index_key(ring.index_key, "name pinyin"), [joined])


def query_tokens(ring: Keyring, query: str) -> list[bytes]:
    """The tokens that a stored name must all contain to begin as what was typed.

    Empty when nothing in ``query`` can be searched for; such a query finds nobody.
    """
    words = _words(query)
    joined = "".join(word for word in words if _HAN_START.match(word))
    wanted = [word for word in words if not _HAN_START.match(word)]
    if joined:
        wanted.append(joined)
    return _hashed(
        _index_key(ring.index_key, "name prefix"), {word[:_LONGEST_PREFIX] for word in wanted}
    )


def _stored_prefixes(name: str) -> frozenset[str]:
    words = _words(name)
    han = [word for word in words if _HAN_START.match(word)]
    latin = [word[:_LONGEST_PREFIX] for word in words if not _HAN_START.match(word)]
    found = {
        word[:length]
        for word in latin
        for length in range(min(_SHORTEST_LATIN_PREFIX, len(word)), len(word) + 1)
    }
    for start in range(len(han)):
        tail = "".join(han[start:])[:_LONGEST_PREFIX]
        found.update(tail[:length] for length in range(1, len(tail) + 1))
    return frozenset(found)


def _spelled(name: str) -> frozenset[str]:
    return spellings("".join(word for word in _words(name) if _HAN_START.match(word)))


def _words(text: str) -> list[str]:
    return _RUN.findall(normalise(Kind.NAME, text))


def _hashed(key: bytes, prefixes: Iterable[str]) -> list[bytes]:
    return sorted(hmac.digest(key, one.encode(), "sha256")[:_INDEX_BYTES] for one in prefixes)


@functools.lru_cache(maxsize=64)
def _index_key(master: bytes, purpose: str) -> bytes:
    return derive_key(master, f"blind index|{purpose}")


def _international(text: str, country: str) -> str:
    if country not in DIALLING:
        raise ValueError(f"no dialling plan for country {country!r}; known: {', '.join(DIALLING)}")
    code, trunk = DIALLING[country]
    digits = "".join(char for char in _EXTENSION.sub("", text) if char.isdecimal())
    if not digits:
        return ""
    if text.startswith("+"):
        return f"+{digits}"
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    if country == "CN" and digits.startswith(code) and CHINESE_MOBILE.fullmatch(digits[2:]):
        return f"+{digits}"
    return f"+{code}{digits.removeprefix(trunk)}"
