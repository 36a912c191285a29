"""Who keeps master keys: the key file itself, a PKCS#11 device, or a key service.

A keeper wraps a master key into a line of the keyring and unwraps it again, once for each process
that starts (ADR 0017). Its ``reference`` names the key that it wraps by, which never leaves it.
"""

from __future__ import annotations

from typing import Protocol


class KeeperError(Exception):
    """A keeper of keys cannot be asked, or refuses; the message says which and why."""


class Keeper(Protocol):
    """Wraps master keys by a key that does not leave it."""

    def wrap(self, reference: str, secret: bytes) -> bytes:
        """``secret`` (32 bytes) wrapped by the key ``reference``.

        Raises:
            KeeperError: it cannot be asked, or refuses.
        """

    def unwrap(self, reference: str, wrapped: bytes) -> bytes:
        """What ``wrap`` wrapped.

        Raises:
            KeeperError: it cannot be asked, or refuses.
        """


class InTheFile:
    """The key stands in the keyring itself, in clear."""

    def wrap(self, reference: str, secret: bytes) -> bytes:
        """The secret as it is."""
        del reference
        return secret

    def unwrap(self, reference: str, wrapped: bytes) -> bytes:
        """The same again."""
        del reference
        return wrapped
