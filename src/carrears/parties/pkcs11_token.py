"""Master keys kept by a PKCS#11 device: wrapped by an AES key that never leaves it.

AES-GCM (PKCS#11 3.0, CKM_AES_GCM) with a random 96-bit nonce, bound to the label of the key. What
is stored: 12 nonce | 32 key, encrypted | 16 tag. Tested with SoftHSM 2. Needs the extra ``hsm``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from carrears.parties.keepers import KeeperError

_NONCE_BYTES = 12
_TAG_BITS = 128


@dataclass(frozen=True, slots=True)
class Pkcs11Token:
    """A token of a device: the library that speaks for it, its label and the user's PIN."""

    module: str
    token: str
    pin: str = field(repr=False)

    def wrap(self, reference: str, secret: bytes) -> bytes:
        """``secret`` under the token's AES key labelled ``reference``.

        Raises:
            KeeperError: the device, the token or the key is not there, or the PIN is wrong.
        """
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._with_key(
            reference, lambda key, by: bytes(key.encrypt(secret, **by)), nonce
        )

    def unwrap(self, reference: str, wrapped: bytes) -> bytes:
        """What ``wrap`` wrapped.

        Raises:
            KeeperError: as ``wrap``, or it was wrapped by another key or altered.
        """
        nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        return self._with_key(reference, lambda key, by: bytes(key.decrypt(sealed, **by)), nonce)

    def _with_key(self, reference: str, work: Callable[[Any, Any], bytes], nonce: bytes) -> bytes:
        try:
            import pkcs11  # noqa: PLC0415  an extra: whoever has no device does without
        except ModuleNotFoundError as error:
            raise KeeperError("PKCS#11 needs the extra hsm: pip install 'carrears[hsm]'") from error
        try:
            token = pkcs11.lib(self.module).get_token(token_label=self.token)
            with token.open(user_pin=self.pin) as session:
                key = session.get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, label=reference)
                params = pkcs11.GCMParams(nonce, reference.encode(), _TAG_BITS)
                by = {"mechanism": pkcs11.Mechanism.AES_GCM, "mechanism_param": params}
                return work(key, by)
        except (pkcs11.PKCS11Error, RuntimeError) as error:
            what = type(error).__name__
            told = f"the PKCS#11 token {self.token!r} with key {reference!r}: {what} {error}"
            raise KeeperError(told.strip()) from error
