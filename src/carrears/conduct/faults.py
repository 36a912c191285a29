"""What keeps an attempt from being judged, by field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from pydantic import ValidationError

from carrears.conduct.pack import LawUnknownError
from carrears.conduct.packs import UnknownJurisdictionError
from carrears.conduct.situation import FactsError


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a case from being judged; ``field`` is empty where it is the whole line."""

    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}" if self.field else self.reason


class CaseError(ValueError):
    """A case that cannot be judged, with everything that is wrong in it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults

    @classmethod
    def of(cls, error: ValidationError) -> Self:
        """What a validation found, by field."""
        return cls(
            *(
                Fault(".".join(map(str, each["loc"])), each["msg"])
                for each in error.errors(include_url=False, include_context=False)
            )
        )


@contextmanager
def naming_faults() -> Iterator[None]:
    """Tell by field what the gate and its facts refuse; a pack that is broken stays what it is.

    Raises:
        CaseError: a fact is outside the vocabulary, the attempt names what the facts do not
            tell, there is no pack for the jurisdiction, or it does not know the day's law.
    """
    try:
        yield
    except ValidationError as error:
        raise CaseError.of(error) from error
    except UnknownJurisdictionError as error:
        raise CaseError(Fault("jurisdiction", str(error))) from error
    except FactsError as error:
        raise CaseError(Fault(error.field, str(error))) from error
    except LawUnknownError as error:
        raise CaseError(Fault("attempt.at", str(error))) from error
    except OverflowError as error:
        raise CaseError(Fault("attempt.at", f"no day to reckon with: {error}")) from error
