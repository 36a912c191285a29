"""How a Chinese name is spelled in Latin letters: its pinyin and its initials."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache

_LONGEST_NAME = 6
_MOST_READINGS_OF_ONE = 2
_MOST_READINGS = 16
_SHORTEST = 2
# ü is typed as v, and is u or yu in passports (GB/T 28039-2011); pypinyin writes v.
_UMLAUT = ("v", "u", "yu")
# Surnames that are read otherwise than the same character in other words (现代汉语词典).
_SURNAMES = {
    "万俟": ("mo", "qi"), "尉迟": ("yu", "chi"), "长孙": ("zhang", "sun"), "单于": ("chan", "yu"),
    "澹台": ("tan", "tai"), "单": ("shan",), "解": ("xie",), "仇": ("qiu",), "查": ("zha",),
    "曾": ("zeng",), "区": ("ou",), "朴": ("piao",), "盖": ("ge",), "任": ("ren",), "华": ("hua",),
    "宁": ("ning",), "冼": ("xian",), "洗": ("xian",), "缪": ("miao",), "种": ("chong",),
    "乐": ("yue",), "翟": ("zhai",), "覃": ("qin",), "员": ("yun",), "折": ("she",), "黑": ("he",),
    "秘": ("bi",), "繁": ("po",), "召": ("shao",), "祭": ("zhai",), "能": ("nai",), "沈": ("shen",),
    "尹": ("yin",), "燕": ("yan",), "那": ("na",), "晁": ("chao",), "牟": ("mu",), "隗": ("wei",),
}  # fmt: skip


def spellings(name: str) -> frozenset[str]:
    """What somebody may type for a Han name, in small letters without spaces or tones.

    For 王小明: each beginning by whole syllables (wang, wangxiao, wangxiaoming), each beginning by
    initials (wx, wxm), and the surname, of one or two syllables, before the initials of the others
    (wangx, wangxm, wangxiaom).
    Characters with several readings give all of them: 单 is shan as a surname and dan elsewhere.
    """
    found: set[str] = set()
    for syllables in _readings(name[:_LONGEST_NAME]):
        initials = "".join(one[0] for one in syllables)
        for length in range(1, len(syllables) + 1):
            found.add("".join(syllables[:length]))
            found.add(initials[:length])
            found.add(syllables[0] + initials[1:length])
        found.add("".join(syllables[:2]) + initials[2:])
    return frozenset(one for one in found if len(one) >= _SHORTEST)


def _readings(name: str) -> Iterator[tuple[str, ...]]:
    each = [told for place in range(len(name)) if (told := _readings_at(name, place))]
    return itertools.islice(itertools.product(*each), _MOST_READINGS) if each else iter(())


def _readings_at(name: str, place: int) -> tuple[str, ...]:
    """As a surname where it stands first, in its usual readings elsewhere."""
    told = _readings_of(name[place])
    for length in (2, 1):
        surname = _SURNAMES.get(name[:length])
        if surname is not None and place < length:
            return tuple(dict.fromkeys((surname[place], *told[:1])))
    return told[:1] if place == 0 and not _is_umlaut(told) else told


def _is_umlaut(told: tuple[str, ...]) -> bool:
    return any("v" in one for one in told)


@cache
def _readings_of(char: str) -> tuple[str, ...]:
    """The readings of one character, the most usual first; none of what is no Han character."""
    from pypinyin import Style, pinyin  # noqa: PLC0415  its words cost each command a second

    told = pinyin(char, style=Style.NORMAL, heteronym=True, errors="ignore")
    usual = [one for one in (told[0] if told else []) if one.isascii() and one]
    spelled = (form for one in usual[:_MOST_READINGS_OF_ONE] for form in _typed(one))
    return tuple(dict.fromkeys(spelled))


def _typed(syllable: str) -> list[str]:
    if "v" not in syllable:
        return [syllable]
    return [syllable.replace("v", letters) for letters in _UMLAUT]
