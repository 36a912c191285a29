"""What can be wrong with what is asked of the vault."""

from __future__ import annotations


class VaultError(ValueError):
    """What was asked cannot be done; the message says why."""


class NotOpenedError(VaultError):
    """An object is read without a ticket for it, or by one that has run out."""


class DestroyedError(VaultError):
    """The object was destroyed; what it held is gone for good."""


class KeptError(VaultError):
    """An object has to be kept; nothing was changed."""


class SamePersonError(VaultError):
    """Who asked for a hold to be lifted cannot agree to it himself."""


class TooLargeError(VaultError):
    """A stream is longer than was allowed; nothing of it was kept."""
