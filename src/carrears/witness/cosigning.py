"""What a witness answers to a checkpoint: https://c2sp.org/tlog-witness, ``add-checkpoint``.

A witness cosigns what continues what it last cosigned, and nothing else. So a log can show
one history only: not a smaller one, and not two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus

from carrears.evidence import checkpoint as checkpoints
from carrears.evidence import merkle, note
from carrears.evidence.checkpoint import Checkpoint, CheckpointError
from carrears.evidence.merkle import EMPTY_ROOT, ProofError
from carrears.evidence.note import NoteError, Verifier
from carrears.evidence.tree_head import parse_body, parse_hash, parse_size
from carrears.witness.folder import Folder, Seen, WatchedLog

LONGEST_REQUEST = 512 * 1024  # a hundred signatures by ML-DSA-44 are 330 kB
_MOST_PROOF_LINES = 63
SIZE_TYPE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered, and as what it is sent."""

    status: HTTPStatus
    text: str
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """What a log asks to be cosigned."""

    old_size: int
    proof: tuple[bytes, ...]
    text: str
    checkpoint: Checkpoint
    signatures: tuple[note.Signature, ...] = field(repr=False)


class _RefusedError(Exception):
    """The request is refused with this answer."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.answer = Answer(status, f"{why}\n")


def add_checkpoint(folder: Folder, body: bytes, *, at: int) -> Answer:
    """Cosign a checkpoint in the second ``at`` since 1970, or say why not.

    Raises:
        WitnessError: the witness's own folder cannot be used.
    """
    try:
        request = parse_request(body)
        log = _watched_log(folder, request)
        _expect_signature(log, request)
        with folder.seen(log.origin) as seen:
            return _cosign(seen, request, log, at=at)
    except _RefusedError as refused:
        return refused.answer


def parse_request(body: bytes) -> Request:
    """Read a request; refused where it is malformed."""
    head, _, text = body.decode(errors="replace").partition("\n\n")
    first, *lines = head.split("\n")
    if not first.startswith("old ") or len(lines) > _MOST_PROOF_LINES:
        why = "not an old size, at most 63 hashes, and a checkpoint"
        raise _RefusedError(HTTPStatus.BAD_REQUEST, f"malformed request: {why}")
    try:
        checkpoint = parse_body(text.rpartition("\n\n")[0] + "\n")
        proof = tuple(map(parse_hash, lines))
        old_size = parse_size(first.removeprefix("old "))
    except CheckpointError as error:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, f"malformed request: {error}") from error
    try:
        _, signatures = note.split(text)
    except NoteError as error:
        raise _RefusedError(HTTPStatus.FORBIDDEN, f"invalid signature: {error}") from error
    return Request(old_size, proof, text, checkpoint, tuple(signatures))


def _watched_log(folder: Folder, request: Request) -> WatchedLog:
    logs = folder.logs()
    if log := logs.get(request.checkpoint.origin):
        return log
    signed_by = {one.key_id for one in request.signatures}
    if any(key.key_id in signed_by for log in logs.values() for key in log.verifiers):
        # As litewitness answers: the key is known, but not for this log.
        raise _RefusedError(HTTPStatus.FORBIDDEN, "unknown log for this key")
    raise _RefusedError(HTTPStatus.NOT_FOUND, "unknown log")


def _expect_signature(log: WatchedLog, request: Request) -> None:
    try:
        signed = note.signed_by(request.text, log.verifiers)
    except NoteError as error:
        raise _RefusedError(HTTPStatus.FORBIDDEN, f"invalid signature: {error}") from error
    if not signed:
        raise _RefusedError(HTTPStatus.FORBIDDEN, "invalid signature: no known key signed")


def _cosign(seen: Seen, request: Request, log: WatchedLog, *, at: int) -> Answer:
    asked = request.checkpoint
    if request.old_size > asked.size:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "the old size is more than the checkpoint's")
    known = seen.newest()
    known_size = known.size if known else 0
    if request.old_size != known_size:
        return Answer(HTTPStatus.CONFLICT, f"{known_size}\n", SIZE_TYPE)
    _expect_continuation(known, request)
    lines = checkpoints.cosign(request.text, seen.signers, at=at)
    seen.keep(_as_kept(request, log.verifiers, lines))
    return Answer(HTTPStatus.OK, "".join(lines))


def _expect_continuation(known: Checkpoint | None, request: Request) -> None:
    asked = request.checkpoint
    if known and known.size == asked.size and known.root != asked.root:
        raise _RefusedError(HTTPStatus.CONFLICT, f"another root was cosigned for {known.size}")
    if known is None or known.size == 0:
        if request.proof or (asked.size == 0 and asked.root != EMPTY_ROOT):
            raise _RefusedError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "bad consistency proof: there is none from the empty tree",
            )
        return
    try:
        merkle.verify_consistency(
            old_size=known.size,
            new_size=asked.size,
            old_root=known.root,
            new_root=asked.root,
            proof=request.proof,
        )
    except ProofError as error:
        raise _RefusedError(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"bad consistency proof: {error}"
        ) from error


def _as_kept(request: Request, verifiers: tuple[Verifier, ...], lines: list[str]) -> str:
    """The checkpoint with the log's signatures and ours, without those of strangers."""
    signed = [one.line for one in note.signed_by(request.text, verifiers)]
    return f"{request.checkpoint.body()}\n{''.join([*signed, *lines])}"
