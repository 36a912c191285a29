"""What is said, shown and done."""

from __future__ import annotations

from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.situation import Situation, find_consents

_ENTRIES = frozenset({"enter_dwelling", "enter_workplace"})


@logic(
    "clean",
    "forbidden_content",
    "forbidden_conduct",
    "false_identity",
    "false_claim",
    "overstated",
    "private_line",
    "entered",
    "public",
    "doubtful_content",
    content="names",
    conduct="names",
    channels="names",
    doubtful="names",
)
def forbidden_acts(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """The list of what a collector never says or does."""
    attempt = situation.attempt
    if attempt.act not in {"contact", "repossess"}:
        return None
    said = sorted(law.names("content").intersection(attempt.content))
    done = sorted(law.names("conduct").intersection(attempt.conduct))
    if said:
        values = {"words": "、".join(said)}
        return Ruling("block", "forbidden_content", used=("attempt.content",), values=values)
    if done:
        values = {"words": "、".join(done)}
        return Ruling("block", "forbidden_conduct", used=("attempt.conduct",), values=values)
    if attempt.channel in law.names("channels"):
        return Ruling("block", "public", used=("attempt.channel",))
    if reason := find_falsehood(situation):
        return Ruling("block", reason, used=("attempt.content",))
    if enters_without_consent(situation, _ENTRIES):
        return Ruling("block", "entered", used=("attempt.conduct",))
    if _uses_private_line(situation):
        return Ruling("block", "private_line", used=("attempt.sender",))
    doubtful = sorted(law.names("doubtful").intersection(attempt.content))
    if doubtful:
        values = {"words": "、".join(doubtful)}
        return Ruling("review", "doubtful_content", used=("attempt.content",), values=values)
    return Ruling("allow", "clean")


def find_falsehood(situation: Situation) -> str | None:
    """Which untruth is told: ``false_identity``, ``false_claim`` or ``overstated``."""
    attempt = situation.attempt
    own = attempt.collector in situation.creditors
    if "impersonates_lender" in attempt.content and not own:
        return "false_identity"
    taken = bool(situation.debts) and all(debt.court_action_taken for debt in situation.debts)
    if "claims_court_action_taken" in attempt.content and not taken:
        return "false_claim"
    if attempt.stated_amount is None:
        return None
    due = [debt.amount_due for debt in situation.debts]
    known = [amount for amount in due if amount is not None]
    if known and len(known) == len(due):
        return "overstated" if attempt.stated_amount > sum(known) else None
    return None


def enters_without_consent(situation: Situation, entries: frozenset[str]) -> bool:
    """Whether one of ``entries`` is made without the consent of who lives or works there."""
    attempt = situation.attempt
    if entries.isdisjoint(attempt.conduct) or attempt.party_agrees_now is True:
        return False
    if attempt.party_agrees_now is False:
        return True
    party = attempt.party
    return not any(
        consent.by == party and consent.kind in {"consent", "agreement"}
        for consent in find_consents(situation, "enter_premises")
    )


def _uses_private_line(situation: Situation) -> bool:
    """An agency's staff on their own phone or account, without the lender's leave."""
    attempt = situation.attempt
    if attempt.sender != "agent_private" or attempt.collector in situation.creditors:
        return False
    return not any(
        consent.by in situation.creditors
        for consent in find_consents(situation, "agent_private_phone")
    )


@logic("identified", "anonymous")
def identify_institution(situation: Situation, law: Law) -> Ruling | None:
    """The first contact names the institution."""
    del law
    attempt = situation.attempt
    if not situation.is_contact or not _is_first(situation):
        return None
    if attempt.disclosures.institution is False:
        return Ruling("block", "anonymous", used=("attempt.disclosures.institution",))
    return Ruling("allow", "identified")


def _is_first(situation: Situation) -> bool:
    attempt = situation.attempt
    if attempt.initial is not None:
        return attempt.initial
    return not any(
        event.party == attempt.party and event.result in {"conversation", "met", "delivered"}
        for event in situation.facts.history
    )


@logic(
    "private",
    "published",
    "open_to_view",
    "consented",
    public="names",
    open="names",
    disclosures="names",
)
def publication(situation: Situation, law: Law) -> Ruling | None:
    """What a person owes is not shown to others."""
    attempt = situation.attempt
    if not situation.is_contact:
        return None
    if attempt.channel in law.names("public"):
        separate = [
            consent
            for consent in find_consents(situation, "publication")
            if consent.separate and consent.kind == "consent" and consent.by in situation.debtors
        ]
        if separate:
            return Ruling("allow", "consented", used=("consents",))
        return Ruling("block", "published", used=("attempt.channel",))
    shown = law.names("disclosures").intersection(attempt.content)
    if shown and attempt.channel in law.names("open"):
        return Ruling("block", "open_to_view", used=("attempt.channel", "attempt.content"))
    return Ruling("allow", "private")


@logic("kept", "entered", "photographed")
def dwelling(situation: Situation, law: Law) -> Ruling | None:
    """Nobody enters or photographs a home without the consent of who lives there."""
    del law
    attempt = situation.attempt
    if not attempt.conduct:
        return None
    if "photograph_home_interior" in attempt.conduct:
        return Ruling("block", "photographed", used=("attempt.conduct",))
    if enters_without_consent(situation, frozenset({"enter_dwelling"})):
        return Ruling("block", "entered", used=("attempt.conduct",))
    return Ruling("allow", "kept")


@logic("clean", "forbidden", conduct="names", content="names")
def forbidden_by_statute(situation: Situation, law: Law) -> Ruling | None:
    """Insults, force and the like, which bind whoever collects."""
    attempt = situation.attempt
    found = sorted(law.names("conduct").intersection(attempt.conduct)) + sorted(
        law.names("content").intersection(attempt.content)
    )
    if found:
        values = {"words": "、".join(found)}
        used = ("attempt.conduct", "attempt.content")
        return Ruling("block", "forbidden", used=used, values=values)
    return Ruling("allow", "clean")


@logic("coercion", "demand", conduct="names", content="names")
def illegal_debt(situation: Situation, law: Law) -> Ruling | None:
    """A debt of unlawful interest: pressure is a crime, a plain demand needs a person's eye."""
    flagged = [debt for debt in situation.debts if "illegal_interest" in debt.flags]
    if not flagged or situation.attempt.act not in {"contact", "repossess"}:
        return None
    attempt = situation.attempt
    used = tuple(f"debts:{debt.id}" for debt in flagged)
    if not law.names("conduct").isdisjoint(attempt.conduct):
        return Ruling("block", "coercion", used=used)
    if not law.names("content").isdisjoint(attempt.content):
        return Ruling("block", "coercion", used=used)
    return Ruling("review", "demand", used=used)
