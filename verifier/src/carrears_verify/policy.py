"""Whom to trust: the log's key, its witnesses, and how many of them have to agree.

The text is that of https://c2sp.org/tlog-policy, so that the same file serves this log, its
verifiers and other tools:

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <member>...
    quorum <name>|none
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from carrears_verify import checkpoint as checkpoints
from carrears_verify import note
from carrears_verify.checkpoint import Checkpoint, Cosignature
from carrears_verify.note import KeyFormatError, KeyKind, Verifier

_NONE = "none"


class PolicyError(ValueError):
    """A policy is malformed; the message names the line."""


class QuorumError(ValueError):
    """A checkpoint is not cosigned by as many witnesses as the policy demands."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: its name in the policy, its key, and where it takes checkpoints ("" unknown)."""

    name: str
    verifier: Verifier
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """At least ``least`` of the members, witnesses or groups."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Whose checkpoints are accepted: of any of the logs, with the quorum's cosignatures."""

    logs: tuple[Verifier, ...]
    witnesses: tuple[Witness, ...]
    groups: dict[str, Group]
    quorum: str

    def vkeys(self) -> list[str]:
        """The witnesses' keys."""
        return [str(one.verifier) for one in self.witnesses]

    def is_met_by(self, names: Iterable[str]) -> bool:
        """Whether cosignatures by the witnesses of these policy names make the quorum."""
        return self.quorum == _NONE or self._stands(self.quorum, frozenset(names))

    def _stands(self, name: str, cosigned: frozenset[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigned
        return sum(self._stands(one, cosigned) for one in group.members) >= group.least


def parse_policy(text: str) -> Policy:
    """Read a policy.

    Raises:
        PolicyError: it is malformed, names what was not defined, or has not one quorum line.
    """
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), 1):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            reader.take(words)
        except (PolicyError, KeyFormatError) as error:
            raise PolicyError(f"line {number}: {error}") from error
    if reader.quorum is None:
        raise PolicyError("there is no quorum line")
    return Policy(tuple(reader.logs), tuple(reader.witnesses), reader.groups, reader.quorum)


def verify(text: str, policy: Policy) -> tuple[Checkpoint, list[Cosignature]]:
    """Accept a checkpoint that one of the policy's logs signed and its quorum cosigned.

    Raises:
        NoteError: it is malformed, not signed by one of the logs, or a signature is false.
        CheckpointError: it is not a checkpoint of that log.
        QuorumError: too few witnesses cosigned it.
    """
    signer = note.verify(text, [str(one) for one in policy.logs])[0]
    found = checkpoints.verify(text, origin=signer, vkeys=[str(one) for one in policy.logs])
    cosigned = checkpoints.cosignatures(text, vkeys=policy.vkeys())
    if not policy.is_met_by(names_of(policy, cosigned)):
        names = ", ".join(one.witness for one in cosigned) or "nobody"
        raise QuorumError(f"cosigned by {names}: not the quorum {policy.quorum}")
    return found, cosigned


def names_of(policy: Policy, cosigned: Iterable[Cosignature]) -> set[str]:
    """The policy's names of the witnesses that made these cosignatures."""
    vkeys = {one.vkey for one in cosigned}
    return {one.name for one in policy.witnesses if str(one.verifier) in vkeys}


class _Reader:
    """What the lines read so far define."""

    def __init__(self) -> None:
        self.logs: list[Verifier] = []
        self.witnesses: list[Witness] = []
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._members: set[str] = set()

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                self._add_log(note.parse_verifier(vkey))
            case ["witness", name, vkey]:
                self._add_witness(Witness(name, note.parse_verifier(vkey)))
            case ["witness", name, vkey, url]:
                self._add_witness(Witness(name, note.parse_verifier(vkey), url))
            case ["group", name, least, *members] if members:
                self._add_group(name, least, members)
            case ["quorum", name]:
                if self.quorum is not None:
                    raise PolicyError("a second quorum line")
                if name != _NONE:
                    self._expect_known(name)
                self.quorum = name
            case _:
                raise PolicyError(f"not a line of a policy: {' '.join(words)}")

    def _add_log(self, verifier: Verifier) -> None:
        if verifier.public in {one.public for one in self.logs}:
            raise PolicyError(f"the key of {verifier.name} is there twice")
        self.logs.append(verifier)

    def _add_witness(self, witness: Witness) -> None:
        self._expect_new(witness.name)
        if witness.verifier.kind is KeyKind.ED25519:
            raise PolicyError(f"the key of {witness.name} signs notes, it does not cosign")
        if witness.verifier.public in {one.verifier.public for one in self.witnesses}:
            raise PolicyError(f"the key of {witness.name} is there twice")
        self.witnesses.append(witness)

    def _add_group(self, name: str, least: str, members: list[str]) -> None:
        self._expect_new(name)
        for member in members:
            self._expect_known(member)
            if member in self._members:
                raise PolicyError(f"{member} is a member twice")
            self._members.add(member)
        words = {"any": 1, "all": len(members)}
        number = words.get(least) or (int(least) if least.isascii() and least.isdigit() else 0)
        if not 1 <= number <= len(members):
            raise PolicyError(f"{least} of {len(members)} members is no threshold")
        self.groups[name] = Group(number, tuple(members))

    def _names(self) -> set[str]:
        return {one.name for one in self.witnesses} | self.groups.keys()

    def _expect_new(self, name: str) -> None:
        if name == _NONE or name in self._names():
            raise PolicyError(f"the name {name} is taken")

    def _expect_known(self, name: str) -> None:
        if name not in self._names():
            raise PolicyError(f"{name} is not defined above")
