"""What the gate knows when it judges: typed, frozen, and told in closed words.

A single value that is None is unknown and is never guessed; a list is the full record.
Times of notices and consents are the local time of the person who gave them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, NaiveDatetime

from carrears.clock import zone as zone_of
from carrears.conduct import vocabulary
from carrears.conduct.once import once
from carrears.conduct.windows import Window


def _read_stamp(value: Any) -> Any:
    if isinstance(value, str):
        return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return value


def _check_zone(name: str) -> str:
    zone_of(name)
    return name


Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]+$")]
Zone = Annotated[str, AfterValidator(_check_zone)]
Stamp = Annotated[datetime | date, BeforeValidator(_read_stamp)]
Amount = Annotated[Decimal, Field(ge=0)]


class Fact(BaseModel):
    """A frozen fact; a word that is not in the vocabulary is an error."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, ignored_types=(once,)
    )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON from which ``model_validate`` gives the same again."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other fields; what was worked out of the old ones (``once``) stays behind."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


class Guarantee(Fact):
    """A guarantee (保证); ``kind`` joint is 连带责任, general 一般保证."""

    kind: Literal["joint", "general"]
    due: bool | None = None
    debtor_sued_first: bool | None = None
    debts: tuple[Id, ...] = ()


class Party(Fact):
    """A person on the debtor's side or a third person."""

    id: Id
    role: vocabulary.Role
    relation: vocabulary.Relation | None = None
    alive: bool | None = None
    deceased_on: date | None = None
    age: int | None = Field(None, ge=0)
    minor: bool | None = None
    capacity: Literal["full", "limited", "none"] | None = None
    vulnerability: Literal["none", "suspected", "confirmed"] | None = None
    reachable: bool | None = None
    unreachable_ground: Literal["number_out_of_service", "number_invalid"] | None = None
    unreachable_since: date | None = None
    whereabouts_known: bool | None = None
    time_zones: tuple[Zone, ...] = ()
    state: str | None = None
    city: str | None = None
    guarantee: Guarantee | None = None


class Organisation(Fact):
    """An organisation on the collecting side, or one that receives data."""

    id: Id
    kind: Literal["lender", "servicer", "agency", "sub_agency", "debt_buyer"]
    own_name: bool | None = None
    obtained_debt: Literal["before_default", "after_default"] | None = None
    time_zone: Zone | None = None
    codes: tuple[vocabulary.Code, ...] = ()
    agent_certified: bool | None = None
    borrower_told_of_agent: bool | None = None


class Debt(Fact):
    """A debt; amounts in major units of ``currency``."""

    id: Id
    debtor: Id | None
    creditor: Id | None
    kind: Literal[
        "vehicle_loan", "credit_card", "medical", "student_loan", "consumer_loan", "microfinance"
    ]
    account: str | None = None
    in_default: bool | None = None
    default_since: date | None = None
    days_overdue: int | None = Field(None, ge=0)
    amount_due: Amount | None = None
    currency: str | None = None
    annual_rate: Amount | None = None
    secured_by: Literal["none", "vehicle"] | None = None
    right_to_possess: bool | None = None
    funds_use: Literal["household", "business"] | None = None
    court_action_taken: bool | None = None
    validation_from: date | None = None
    validation_until: date | None = None
    verification_sent_on: date | None = None
    flags: tuple[
        Literal["illegal_interest", "time_barred", "regulated_credit", "protected_goods"], ...
    ] = ()


class ContactPoint(Fact):
    """A number, address or account, and where it came from (来源)."""

    id: Id
    owner: Id | None
    kind: vocabulary.ContactKind
    source: vocabulary.ContactSource | None = None
    reserved: bool | None = None
    personal_number: bool | None = None
    reassignment_checked_on: date | None = None


class Consent(Fact):
    """A consent, agreement or clause; ``granted`` false is an express no."""

    kind: vocabulary.ConsentKind
    scope: vocabulary.ConsentScope
    by: Id | None
    to: Id | None = None
    granted: bool | None = None
    separate: bool | None = None
    one_off: bool | None = None
    channels: tuple[vocabulary.Channel, ...] = ()
    debts: tuple[Id, ...] = ()
    windows: tuple[Window, ...] = ()
    max_per_day: int | None = Field(None, ge=0)
    given_at: Stamp | None = None
    valid_until: Stamp | None = None
    revoked_at: Stamp | None = None
    via: vocabulary.Via | None = None
    words: str | None = None


class Preference(Fact):
    """What a party asked for: times, places, channels; ``not_now`` has no standing effect."""

    by: Id | None
    kind: vocabulary.PreferenceKind
    windows: tuple[Window, ...] = ()
    place: Literal["home", "work"] | None = None
    channels: tuple[vocabulary.Channel, ...] = ()
    contact_point: Id | None = None
    marketing_only: bool | None = None
    made_at: Stamp | None = None
    known_from: Literal["party", "creditor_file"] | None = None
    withdrawn_at: Stamp | None = None
    words: str | None = None


class Notice(Fact):
    """A notice received, or a fact known, that changes what may be done."""

    kind: vocabulary.NoticeKind
    by: Id | None = None
    to: Id | None = None
    received_at: Stamp | None = None
    form: Literal["written", "oral", "electronic"] | None = None
    debts: tuple[Id, ...] = ()
    status: vocabulary.NoticeStatus | None = None
    ground: Literal["amount_incorrect", "not_mine", "already_paid"] | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    treatment_ended_on: date | None = None
    words: str | None = None


class Representation(Fact):
    """An attorney or adviser who acts for a party."""

    attorney: Id | None
    client: Id | None
    debts: tuple[Id, ...] = ()
    known_since: date | None = None
    collector_wrote_on: date | None = None
    attorney_answered: bool | None = None
    attorney_allows_direct_contact: bool | None = None


class Delegation(Fact):
    """A mandate from one organisation to another (委托/转委托); no debts means all.

    One whose ends are not both known binds nobody.
    """

    principal: Id | None = Field(alias="from")
    delegate: Id | None = Field(alias="to")
    lender_consented: bool | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    debts: tuple[Id, ...] = ()


class DoNotContact(Fact):
    """A person, or one contact point, that must not be contacted; no channels means all.

    ``listed_in`` names the list of somebody else that says so, and its version.
    """

    party: Id | None = None
    contact_point: Id | None = None
    listed_in: str | None = None
    channels: tuple[vocabulary.Channel, ...] = ()
    reason: str | None = None
    from_on: date | None = None
    until_on: date | None = None


class HousePolicy(Fact):
    """What the lender asks of himself beyond the law."""

    contact_hours: Window | None = None
    max_calls_per_day: int | None = Field(None, ge=0)


class ContactEvent(Fact):
    """A past contact or try; ``direction`` out is by the collecting side (主动)."""

    id: Id
    at: NaiveDatetime
    zone: Zone
    direction: Literal["out", "in"]
    channel: vocabulary.Channel
    party: Id | None
    contact_point: Id | None = None
    debts: tuple[Id, ...] = ()
    collector: Id | None = None
    mode: vocabulary.Mode | None = None
    result: vocabulary.Result | None = None
    effective: bool | None = None
    discussed_debts: tuple[Id, ...] = ()
    reply_to: Id | None = None
    purpose: vocabulary.Purpose | None = None
    staff: int | None = Field(None, ge=0)
    words: str | None = None

    @once
    def moment(self) -> datetime:
        """When it happened, aware."""
        return self.at.replace(tzinfo=zone_of(self.zone))


class Disclosures(Fact):
    """What is disclosed with the attempt; None is unknown."""

    caller_identity: bool | None = None
    institution: bool | None = None
    debt_collector: bool | None = None
    opt_out: bool | None = None
    sender_id: bool | None = None
    visit_purpose: bool | None = None
    visit_notice: bool | None = None
    staff_id_shown: bool | None = None
    recording: bool | None = None
    addressed_by_name: bool | None = None
    private_marking: bool | None = None
    sender_name_reveals_debt: bool | None = None
    identity_verified: bool | None = None
    transfer_notice: bool | None = None


class Attempt(Fact):
    """The act to be judged; ``content`` and ``conduct`` are complete."""

    act: vocabulary.Act
    at: NaiveDatetime
    zone: Zone
    debts: tuple[Id, ...]
    collector: Id | None
    channel: vocabulary.Channel | None = None
    party: Id | None = None
    addressee: Literal["named", "occupier"] | None = None
    contact_point: Id | None = None
    mode: vocabulary.Mode | None = None
    purpose: vocabulary.Purpose | None = None
    content: tuple[vocabulary.Content, ...] = ()
    conduct: tuple[vocabulary.ConductFlag, ...] = ()
    place: Literal["home", "work", "public_place"] | None = None
    staff: int | None = Field(None, ge=0)
    initial: bool | None = None
    reply_to: Id | None = None
    sender: Literal["organisation", "agent_private", "withheld"] | None = None
    disclosures: Disclosures = Disclosures()
    stated_amount: Amount | None = None
    party_agrees_now: bool | None = None
    impact_assessment_done: bool | None = None
    human_review: bool | None = None
    decision: Literal["repossession_order"] | None = None
    claimed_basis: Literal["self_help", "agreement", "court_order"] | None = None
    remedy: Literal["repossession", "suit"] | None = None
    recipient: Id | None = None
    words: str | None = None

    @once
    def moment(self) -> datetime:
        """When it is to happen, aware."""
        return self.at.replace(tzinfo=zone_of(self.zone))


class Facts(Fact):
    """All that is known before the attempt; ``history`` holds only earlier events."""

    parties: tuple[Party, ...]
    organisations: tuple[Organisation, ...]
    debts: tuple[Debt, ...]
    state: str | None = None
    contact_points: tuple[ContactPoint, ...] = ()
    consents: tuple[Consent, ...] = ()
    preferences: tuple[Preference, ...] = ()
    notices: tuple[Notice, ...] = ()
    representations: tuple[Representation, ...] = ()
    delegations: tuple[Delegation, ...] = ()
    do_not_contact: tuple[DoNotContact, ...] = ()
    house_policy: HousePolicy = HousePolicy()
    assume_in_force: tuple[Literal["IN-05"], ...] = ()
    history: tuple[ContactEvent, ...] = ()
