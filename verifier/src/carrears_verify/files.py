"""Whether the files of a bundle are those that its entries commit to, and its recordings whole."""

from __future__ import annotations

import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from carrears_verify.bundle import Bundle, BundleError, FileLine
from carrears_verify.finding import Finding, Kind
from carrears_verify.held import Chunks

_STORED = "vault.stored"
_RECORDING = "application/vnd.carrears.recording"
_LEAST_SALT = 32
# Why a file is not in a bundle, as the bundle says it.
_REASONS = {
    "left_out": "were left out of the bundle",
    "erased": "are of a person who was erased, and can never be read again",
    "destroyed": "were destroyed when their time was over",
    "unreadable": "could not be read whole by who made the bundle",
}


def check_files(bundle: Bundle) -> list[Finding]:
    """Check each file against its entry, and each recording's chain against the log's.

    A bundle of the first format knows of no files.
    """
    if bundle.version == 1:
        return []
    stored = dict(_told(bundle, _STORED))
    findings, good = _check_lines(bundle, stored)
    return [*findings, *_check_recordings(bundle, stored, good)]


def _told(bundle: Bundle, *kinds: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for entry in bundle.entries:
        try:
            told = entry.told()
        except BundleError:
            continue  # that the entry is false is told already
        if told.get("kind") in kinds:
            yield entry.index, told["payload"]


def _check_lines(
    bundle: Bundle, stored: Mapping[int, Mapping[str, Any]]
) -> tuple[list[Finding], dict[int, Chunks]]:
    """What is found of each line, and the chunks of those files that are what was recorded."""
    findings: list[Finding] = []
    good: dict[int, Chunks] = {}
    lines = Counter(one.index for one in bundle.files)
    findings += [_false(f"{name} belongs to no entry") for name in _extra(bundle)]
    findings += [_false(f"entry {index} has two files") for index, n in lines.items() if n > 1]
    findings += [
        _false(f"of the file of entry {index} the bundle says nothing")
        for index in stored
        if index not in lines
    ]
    whole = by_hash = 0
    absent: Counter[str] = Counter()
    for one in bundle.files:
        payload = stored.get(one.index)
        if payload is None:
            findings.append(_false(f"entry {one.index} tells of no file"))
        elif one.sha256 is not None and not _opens(payload, one):
            findings.append(_false(f"the file of entry {one.index} is not the one it commits to"))
        elif one.name is None:
            absent[one.why] += 1
            by_hash += one.sha256 is not None
        elif why := _fault_of(bundle, one, payload):
            findings.append(_false(f"{one.name}, the file of entry {one.index}, {why}"))
        else:
            whole += 1
            if chunks := bundle.held[one.name].chunks:
                good[one.index] = chunks
    if whole:
        text = f"{whole} files are byte for byte those which entries commit to"
        findings.append(Finding(Kind.PROVEN, text))
    findings += [_absent(why, count) for why, count in sorted(absent.items())]
    if by_hash:
        text = f"of {by_hash} files that are not in the bundle the SHA-256 is proven"
        findings.append(Finding(Kind.PROVEN, text))
    return findings, good


def _absent(why: str, count: int) -> Finding:
    reason = _REASONS.get(why, "are not in the bundle, and it does not say why")
    return Finding(Kind.PROVEN, f"{count} files {reason}; their entries stand")


def _false(text: str) -> Finding:
    return Finding(Kind.FALSE, text)


def _extra(bundle: Bundle) -> list[str]:
    named = {one.name for one in bundle.files}
    return sorted({*bundle.held, *bundle.unknown} - named)


def _opens(payload: Mapping[str, Any], one: FileLine) -> bool:
    commitment = payload.get("sha256_commitment")
    if one.salt is None or one.sha256 is None or len(one.salt) < _LEAST_SALT:
        return False
    found = hmac.digest(one.salt, one.sha256.encode(errors="surrogatepass"), "sha256").hex()
    return isinstance(commitment, str) and hmac.compare_digest(found, commitment)


def _fault_of(bundle: Bundle, one: FileLine, payload: Mapping[str, Any]) -> str:
    held = bundle.held.get(one.name or "")
    if held is None:
        return "is missing"
    if held.sha256 != one.sha256 or held.size != payload.get("size"):
        return "was altered"
    if payload.get("media_type") == _RECORDING and held.chunks is None:
        return "is no file of a recording"
    return ""


@dataclass(slots=True)
class _Recording:
    """What the log tells of a recording, and the chunks of it that are here and what they make."""

    kind: str = ""
    vouched: dict[int, str] = field(default_factory=dict)  # by number of chunks, the link
    links: dict[int, str] = field(default_factory=dict)  # by number of chunks, as computed
    absent: list[tuple[int, int]] = field(default_factory=list)  # from, up to but without
    faults: list[str] = field(default_factory=list)


def _check_recordings(
    bundle: Bundle, stored: Mapping[int, Mapping[str, Any]], good: Mapping[int, Chunks]
) -> Iterator[Finding]:
    found: dict[str, _Recording] = defaultdict(_Recording)
    by_object = {str(payload.get("object")): index for index, payload in stored.items()}
    for _, payload in _told(bundle, *_VOUCHING):
        one, count = found[str(payload.get("recording"))], payload.get("chunks")
        one.kind = str(payload.get("what"))
        if type(count) is not int:
            continue
        one.vouched[count] = str(payload.get("head"))
        if (index := by_object.get(str(payload.get("object")))) in good and index is not None:
            _take(one, payload, good[index])
        elif "object" in payload:
            one.absent.append((int(payload.get("first", 0)), count))
    for token, one in sorted(found.items()):
        if one.vouched and max(one.vouched):
            yield from _verdict(f"recording {token} ({one.kind})", one)


_VOUCHING = (
    "recording.portion",
    "recording.resumed",
    "recording.ended",
    "recording.broken_off",
    "recording.stored",
)


def _take(one: _Recording, payload: Mapping[str, Any], chunks: Chunks) -> None:
    header = chunks.header
    if chunks.error:
        one.faults.append(chunks.error)
    elif (header.recording, header.first, header.first + header.chunks, header.head) != (
        payload.get("recording"), payload.get("first"), payload.get("chunks"), payload.get("head"),
    ):  # fmt: skip
        one.faults.append("a file has other chunks than the log says")
    else:
        one.links.setdefault(header.first, header.previous)
        if one.links[header.first] != header.previous:
            one.faults.append(f"chunk {header.first} does not follow from the one before")
        for number, link in enumerate(chunks.links, header.first + 1):
            one.links[number] = link.hex()


def _verdict(name: str, one: _Recording) -> Iterator[Finding]:
    faults = list(one.faults)
    for count, head in sorted(one.vouched.items()):
        if count in one.links and one.links[count] != head:
            faults.append(f"the log vouches for another chain at chunk {count - 1}")
    if faults:
        yield from (_false(f"{name}: {fault}") for fault in faults)
        return
    last = max(one.vouched)
    gaps = list(_gaps(one.links, last))
    here = last - sum(end - begin for begin, end in gaps)
    if here:
        text = (
            f"{name}: {here} of {last} chunks are here and make the chain that the log vouches for"
        )
        yield Finding(Kind.PROVEN, text)
    for begin, end in gaps:
        known = any(begin >= first and end <= until for first, until in _joined(one.absent))
        which = f"chunk {begin} is" if end == begin + 1 else f"chunks {begin}–{end - 1} are"
        text = f"{name}: {which} not in the bundle"
        # Files that are not given are told, with why, by their own lines.
        yield Finding(Kind.PROVEN if known else Kind.OPEN, text)


def _gaps(links: Mapping[int, str], last: int) -> Iterator[tuple[int, int]]:
    """Stretches of chunks below ``last`` whose link was not computed."""
    begin = None
    for seq in range(last):
        if seq + 1 in links:
            if begin is not None:
                yield begin, seq
            begin = None
        elif begin is None:
            begin = seq
    if begin is not None:
        yield begin, last


def _joined(parts: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, until in sorted(parts):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((first, until))
    return joined
