"""Anchors in an EVM chain: the contract ``contracts/log_anchors.vy``, and how it is spoken to.

The chain is asked through ``carrears.outgoing`` like any other address. Needs the extra ``evm``.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from carrears.outgoing import OutgoingError, fetch

# A library of these (py_ecc) lets the whole process recurse a hundred times deeper: there the stack
# ends before the limit does, and deep input that Python refuses otherwise ends the process.
_DEPTH = sys.getrecursionlimit()

from eth_account import Account  # noqa: E402
from eth_account.signers.local import LocalAccount  # noqa: E402
from web3 import Web3  # noqa: E402
from web3.contract import Contract  # noqa: E402
from web3.exceptions import Web3Exception  # noqa: E402
from web3.providers.base import JSONBaseProvider  # noqa: E402
from web3.types import RPCEndpoint, RPCResponse  # noqa: E402

sys.setrecursionlimit(_DEPTH)

_TIMEOUT_SECONDS = 20
_LONGEST_ANSWER = 4 << 20
_JSON = {"Content-Type": "application/json"}


class ChainError(Exception):
    """The chain cannot be asked, or refuses; the message says why."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """What the chain keeps: the log had ``size`` entries and this root, at ``at`` by its clock."""

    size: int
    root: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """The transaction that brought it there."""

    transaction: str
    block: int
    at: datetime


def new_key() -> str:
    """The secret of a new account, in hexadecimal."""
    return str(Account.create().key.hex())


def origin_id(origin: str) -> bytes:
    """By what the contract knows a log: the SHA-256 of its name."""
    return hashlib.sha256(origin.encode()).digest()


class Anchorage:
    """The anchors that one account keeps of one log.

    Args:
        url: of a node, http or https.
        contract: its address; none before ``deploy``.
        key: the account's secret.
        origin: the log's name.
        most_gwei: for how much a unit of gas nothing is sent any more.
        wait: seconds for a transaction to get into a block.

    Raises:
        ChainError: key or address are none.
    """

    def __init__(
        self,
        url: str,
        *,
        contract: str,
        key: str,
        origin: str,
        most_gwei: int = 100,
        wait: float = 120,
    ) -> None:
        self._web3 = Web3(_Provider(url))
        self._most, self._wait, self._origin = most_gwei, wait, origin_id(origin)
        try:
            self._account: LocalAccount = Account.from_key(key.strip())
            self.contract = Web3.to_checksum_address(contract) if contract else ""
        except Exception as error:  # noqa: BLE001  each library has its own, and none may show a key
            raise ChainError(
                f"no key or no address of a contract: {type(error).__name__}"
            ) from None

    @property
    def owner(self) -> str:
        """The account's address."""
        return str(self._account.address)

    def chain_id(self) -> int:
        """Which chain the node is of.

        Raises:
            ChainError: it does not answer.
        """
        with _told():
            return int(self._web3.eth.chain_id)

    def deploy(self) -> str:
        """Put the contract on the chain; its address.

        Raises:
            ChainError: the chain refuses, does not answer, or asks too much.
        """
        made = self._web3.eth.contract(abi=_compiled()["abi"], bytecode=_compiled()["bytecode"])
        with _told():
            receipt = self._send(made.constructor())
        return str(receipt["contractAddress"])

    def anchor(self, size: int, root: bytes) -> Sent:
        """Keep that the log had ``size`` entries and this root.

        Raises:
            ChainError: as ``deploy``; or the contract has as large a log already.
        """
        with _told():
            receipt = self._send(self._kept().functions.anchor(self._origin, size, root))
            block = self._web3.eth.get_block(receipt["blockNumber"])
        at = datetime.fromtimestamp(block["timestamp"], UTC)
        return Sent(receipt["transactionHash"].to_0x_hex(), int(receipt["blockNumber"]), at)

    def newest(self) -> Anchored | None:
        """The largest log that is kept; none before the first.

        Raises:
            ChainError: the chain does not answer, or there is no such contract.
        """
        with _told():
            count = self._count()
            return self._one(count - 1) if count else None

    def all(self) -> Iterator[Anchored]:
        """Everything that is kept, from the smallest log on.

        Raises:
            ChainError: as ``newest``.
        """
        with _told():
            for number in range(self._count()):
                yield self._one(number)

    def _kept(self) -> Contract:
        return self._web3.eth.contract(
            address=Web3.to_checksum_address(self.contract), abi=_compiled()["abi"]
        )

    def _count(self) -> int:
        return int(self._kept().functions.count(self.owner, self._origin).call())

    def _one(self, number: int) -> Anchored:
        size, at, root = self._kept().functions.kept(self.owner, self._origin, number).call()
        return Anchored(int(size), bytes(root), datetime.fromtimestamp(at, UTC))

    def _send(self, call: Any) -> Any:
        eth = self._web3.eth
        fields = call.build_transaction(
            {"from": self.owner, "nonce": eth.get_transaction_count(self._account.address)}
        )
        price = int(fields.get("maxFeePerGas") or fields.get("gasPrice") or 0)
        if price > self._most * 10**9:
            raise ChainError(f"gas costs {price / 10**9:.1f} gwei, more than {self._most}")
        signed = self._account.sign_transaction(fields)
        sent = eth.send_raw_transaction(signed.raw_transaction)
        receipt = eth.wait_for_transaction_receipt(sent, timeout=self._wait)
        if receipt["status"] != 1:
            raise ChainError(f"transaction {sent.to_0x_hex()} failed")
        return receipt


class _Provider(JSONBaseProvider):
    """JSON-RPC over the one door to the outside."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        body = self.encode_rpc_request(method, params)
        answer = fetch(
            self._url,
            body=body,
            headers=_JSON,
            timeout=_TIMEOUT_SECONDS,
            at_most=_LONGEST_ANSWER,
        )
        try:
            return self.decode_rpc_response(answer.body)
        except (ValueError, TypeError) as error:
            raise ChainError(f"the node answers {answer.status} and no JSON") from error


@contextmanager
def _told() -> Iterator[None]:
    """What a chain or the way to it may raise, as one error."""
    try:
        yield
    except OutgoingError as error:
        raise ChainError(f"the node does not answer: {error}") from error
    except (Web3Exception, ValueError, KeyError, TypeError) as error:
        raise ChainError(f"the chain refuses: {error}"[:500]) from error


@cache
def _compiled() -> dict[str, Any]:
    text = (files(__package__) / "contracts" / "log_anchors.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
