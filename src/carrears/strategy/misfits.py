"""What does not fit the shape of a document or of a fact, in words that can be translated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from carrears.strategy.reasons import Reason, say

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_OBJECT = say("an object is needed here")
_TEXT = say("a text is needed here")
_LIST = say("a list is needed here")
_TEST = say("true or false is needed here")
_WHOLE = say("a whole number is needed here")

# By pydantic's type of error: https://docs.pydantic.dev/latest/errors/validation_errors/
_WORDS: Mapping[str, Reason] = {
    "missing": say("this is missing"),
    "extra_forbidden": say("this name is not known"),
    "string_type": _TEXT,
    "string_sub_type": _TEXT,
    "list_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "mapping_type": _OBJECT,
    "bool_type": _TEST,
    "bool_parsing": _TEST,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
}


def misfit(error: ErrorDetails) -> Reason:
    """Why a value does not fit, without pydantic's English."""
    found = _WORDS.get(error["type"])
    if found is not None:
        return found
    expected = error.get("ctx", {}).get("expected")
    if expected is not None:
        listed = str(expected).replace(" or ", ", ")
        return say("only one of {expected} may stand here", expected=listed)
    return say("this does not fit ({kind})", kind=error["type"])
