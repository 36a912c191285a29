"""What a bundle proves: each claim checked on its own, against whom the reader trusts."""

from __future__ import annotations

import hmac
from collections import Counter

from carrears_verify import checkpoint as checkpoints
from carrears_verify import merkle
from carrears_verify import policy as policies
from carrears_verify.bundle import Bundle, BundleError, Entry, Stamp, Text
from carrears_verify.checkpoint import Checkpoint, CheckpointError
from carrears_verify.files import check_files
from carrears_verify.finding import Finding, Kind
from carrears_verify.merkle import ProofError
from carrears_verify.note import KeyFormatError, NoteError, parse_verifier
from carrears_verify.policy import Policy, QuorumError
from carrears_verify.timestamp import StampError, verify_stamp

__all__ = ["NOT_PROVEN", "Finding", "Kind", "key_of", "verify_bundle"]

_LEAST_SALT = 32


# What no bundle can prove, whatever it holds.
NOT_PROVEN = (
    "that there are no other entries about these subjects",
    "that what was recorded is true: a log proves what was recorded, and when at the latest",
    "that a recording shows all that happened: what was not captured is not in it",
    "that the PDF reports say what the entries say: read the entries (--entries)",
)


def verify_bundle(bundle: Bundle, *, policy: Policy | None, roots: bytes) -> list[Finding]:
    """Check all claims of a bundle.

    Args:
        bundle: as it was read.
        policy: whom the reader trusts; None to take the bundle's own word for it.
        roots: certificates of time-stamping authorities that he trusts, PEM; empty for the
            bundle's own.
    """
    findings = [
        Finding(Kind.FALSE, f"{name} is not what the bundle says of it") for name in bundle.damaged
    ]
    try:
        head, signed = _check_checkpoint(bundle, policy)
    except (NoteError, CheckpointError, KeyFormatError, policies.PolicyError) as error:
        return [*findings, Finding(Kind.FALSE, f"the checkpoint: {error}")]
    findings += signed
    findings += _check_entries(bundle, head)
    findings += [_check_stamp(one, bundle, head, roots) for one in bundle.stamps]
    findings += _check_texts(bundle)
    findings += check_files(bundle)
    return findings


def _check_checkpoint(bundle: Bundle, given: Policy | None) -> tuple[Checkpoint, list[Finding]]:
    text = bundle.policy or f"log {bundle.log}\nquorum none\n"
    policy = given or policies.parse_policy(text)
    if not policy.logs:
        raise policies.PolicyError("the policy names no log")
    bare = Policy(policy.logs, policy.witnesses, policy.groups, "none")
    head, cosigned = policies.verify(bundle.note, bare)
    whose = "you trust" if given else "only the bundle names"
    kind = Kind.PROVEN if given else Kind.OPEN
    findings = [
        Finding(kind, f"the log {head.origin}, by a key that {whose}, signed {head.size} entries")
    ]
    for one in cosigned:
        when = f" at {one.at:%Y-%m-%d %H:%M:%S} UTC" if one.at else ""
        findings.append(Finding(kind, f"{one.witness} ({one.kind.title}) saw this history{when}"))
    try:
        policies.verify(bundle.note, policy)
    except QuorumError as error:
        findings.append(Finding(Kind.OPEN, f"too few witnesses: {error}"))
    else:
        quorum = "asks for no witness" if policy.quorum == "none" else f"{policy.quorum} is met"
        findings.append(
            Finding(Kind.OPEN if policy.quorum == "none" else kind, f"the quorum {quorum}")
        )
    return head, findings


def _check_entries(bundle: Bundle, head: Checkpoint) -> list[Finding]:
    findings: list[Finding] = []
    places = Counter(one.index for one in bundle.entries)
    for one in bundle.entries:
        try:
            subject = one.told().get("subject")
            merkle.verify_inclusion(
                leaf_hash=merkle.leaf_hash(one.data),
                index=one.index,
                tree_size=head.size,
                proof=one.hashes,
                root=head.root,
            )
        except (ProofError, BundleError) as error:
            findings.append(Finding(Kind.FALSE, f"entry {one.index}: {error}"))
            continue
        if subject not in bundle.subjects:
            why = f"entry {one.index} is about somebody else than the bundle says"
            findings.append(Finding(Kind.FALSE, why))
        if places[one.index] > 1:
            findings.append(Finding(Kind.FALSE, f"entry {one.index} is there twice"))
    if not findings:
        count = len(bundle.entries)
        findings.append(Finding(Kind.PROVEN, f"{count} entries lie in the log, unaltered"))
    return findings


def _check_stamp(one: Stamp, bundle: Bundle, head: Checkpoint, roots: bytes) -> Finding:
    try:
        stamped = verify_stamp(one.response, one.note.encode(), roots or bundle.roots)
        about = checkpoints.parse(one.note)[0]
        old, new = sorted((about, head), key=lambda each: each.size)
        merkle.verify_consistency(
            old_size=old.size,
            new_size=new.size,
            old_root=old.root,
            new_root=new.root,
            proof=one.consistency,
        )
    except (StampError, NoteError, CheckpointError, ProofError) as error:
        return Finding(Kind.FALSE, f"the time-stamp: {error}")
    if about.origin != head.origin:
        return Finding(Kind.FALSE, f"the time-stamp is of a checkpoint of {about.origin}")
    covered = sum(each.index < about.size for each in bundle.entries)
    whose = "" if roots else ", whose root only the bundle names"
    return Finding(
        Kind.PROVEN if roots else Kind.OPEN,
        f"{covered} of the entries existed before {stamped.at:%Y-%m-%d %H:%M:%S} UTC,"
        f" by the word of {stamped.authority}{whose}",
    )


def _check_texts(bundle: Bundle) -> list[Finding]:
    entries = {one.index: one for one in bundle.entries}
    findings: list[Finding] = []
    shown = gone = 0
    for one in bundle.texts:
        commitment = _commitment(entries.get(one.index), one.member)
        if one.text is None or one.salt is None:
            gone += 1
        elif _opens(commitment, one):
            shown += 1
        else:
            why = f"the text of entry {one.index} is not what the entry commits to"
            findings.append(Finding(Kind.FALSE, why))
    if shown:
        findings.append(Finding(Kind.PROVEN, f"{shown} texts are those which entries commit to"))
    if gone:
        findings.append(
            Finding(Kind.PROVEN, f"{gone} texts were erased or are not given; their entries stand")
        )
    return findings


def _commitment(entry: Entry | None, member: str) -> object:
    try:
        return entry.told()["payload"].get(member) if entry else None
    except BundleError:
        return None  # that the entry is false is told already


def _opens(commitment: object, one: Text) -> bool:
    if one.salt is None or one.text is None or len(one.salt) < _LEAST_SALT:
        return False
    found = hmac.digest(one.salt, one.text.encode(errors="surrogatepass"), "sha256").hex()
    return isinstance(commitment, str) and hmac.compare_digest(found, commitment)


def key_of(bundle: Bundle) -> str:
    """The name and id of the key that the bundle says is the log's."""
    try:
        key = parse_verifier(bundle.log)
    except KeyFormatError:
        return "malformed"
    return f"{key.name}+{key.key_id.hex()}"
