"""The closed words in which facts, attempts and verdicts are told."""

from __future__ import annotations

from typing import Literal, get_args

Strength = Literal["prohibited", "presumption", "should_not", "review"]
TextStatus = Literal["text", "quoted", "reported", "memory"]
Outcome = Literal[
    "allow", "block", "presumed_compliance", "presumed_violation", "review", "not_applicable"
]
GateAction = Literal["allow", "block", "review"]

Act = Literal[
    "contact",
    "repossess",
    "transfer_title",
    "locate_vehicle",
    "transfer_data",
    "decide_automatically",
]
Channel = Literal[
    "call",
    "voicemail",
    "sms",
    "im",
    "portal",
    "email",
    "letter",
    "postcard",
    "visit",
    "visit_card",
    "public_notice",
    "social_private",
    "social_public",
]
Via = Channel | Literal["form", "contract"]
Mode = Literal["human", "ai", "prerecorded"]
Result = Literal[
    "busy",
    "not_in_service",
    "number_invalid",
    "no_answer",
    "rejected",
    "voicemail_no_message",
    "voicemail_left",
    "voicemail_received",
    "answered_dropped",
    "answered_other_person",
    "conversation",
    "sent",
    "delivered",
    "received",
    "met",
    "not_home",
]
Purpose = Literal[
    "collect",
    "remind",
    "service_notice",
    "location_information",
    "ask_debtor_contact",
    "pass_message",
    "arrange_estate",
    "reply_to_request",
    "required_by_law_notice",
    "settle_in_litigation",
    "notify_may_invoke_remedy",
    "notify_intends_remedy",
    "notify_efforts_end",
    "opt_out_confirmation",
    "accept_third_party_payment",
    "realise_security",
    "find_vehicle",
    "routine_tracking",
    "sell_debt",
]
Content = Literal[
    "names_debtor",
    "debt_exists",
    "debt_amount",
    "days_overdue",
    "overdue_reminder",
    "payment_receipt",
    "repayment_channel",
    "guarantee_liability",
    "asks_to_pay",
    "asks_debtor_contact",
    "asks_estate_contact",
    "confirms_location",
    "states_employer",
    "caller_name",
    "callback_request",
    "business_name_neutral",
    "business_name_reveals_collection",
    "opt_out_acknowledged",
    "attorney_letter",
    "photo_of_debtor",
    "threat_of_arrest",
    "threat_of_repossession",
    "threat_of_suit",
    "threat_of_recovery",
    "threat_of_violence",
    "verbal_abuse",
    "claims_court_action_taken",
    "court_styled_document",
    "impersonates_authority",
    "impersonates_lender",
    "false_delivery_card",
    "pushes_new_borrowing",
    "pushes_selling_property",
    "extra_fee",
    "fictitious_blacklist",
    "overstated_debt",
    "marketing",
]
ConductFlag = Literal[
    "enter_dwelling",
    "enter_workplace",
    "photograph_home_interior",
    "follow_person",
    "intimidate",
    "use_force",
    "stay_after_told_to_leave",
]
Role = Literal[
    "debtor",
    "co_debtor",
    "guarantor",
    "contact_person",
    "related_third_party",
    "third_party",
    "attorney",
    "personal_representative",
    "legal_guardian",
]
Relation = Literal[
    "self",
    "spouse",
    "surviving_spouse",
    "parent",
    "child",
    "sibling",
    "relative",
    "friend",
    "neighbour",
    "co_worker",
    "employer",
    "referee",
    "guardian",
    "attorney",
    "personal_representative",
    "none",
]
ContactKind = Literal[
    "mobile",
    "home_landline",
    "work_landline",
    "landline_unknown",
    "home_address",
    "work_address",
    "personal_email",
    "work_email",
    "im_account",
    "portal_account",
    "social_account",
]
ContactSource = Literal[
    "contract",
    "reserved_info",
    "debtor_authorisation",
    "public_lawful",
    "told_by_reserved_contact",
    "credit_bureau",
    "address_book_upload",
    "purchased",
]
Code = Literal["gbt_45251", "cba_2026", "fca_conc", "rbi_recovery", "reg_f"]
ConsentKind = Literal["consent", "agreement", "standard_clause", "offer"]
ConsentScope = Literal[
    "contact_in_window",
    "extra_calls",
    "daily_dial_cap",
    "artificial_voice",
    "electronic_message",
    "location_tracking",
    "data_transfer",
    "publication",
    "enter_premises",
    "contact_third_party",
    "agent_private_phone",
    "sub_delegation",
    "third_party_pays",
    "surrender_vehicle",
    "creditor_self_sale",
    "title_on_default",
]
PreferenceKind = Literal[
    "avoid_time", "only_time", "avoid_place", "avoid_channel", "avoid_contact_point", "not_now"
]
NoticeKind = Literal[
    "cease",
    "refuse_to_pay",
    "dispute",
    "refuse_contact",
    "complaint",
    "hardship",
    "bereavement",
    "calamity",
    "wedding",
    "festival",
    "bankruptcy",
    "breathing_space_standard",
    "breathing_space_mental_health",
    "debt_counselling",
    "lawsuit_pending",
    "court_order",
    "employer_prohibits",
    "title_or_identity_theft",
]
NoticeStatus = Literal["open", "resolved", "withdrawn", "dismissed", "discharged"]
Nation = Literal["ENG", "WLS", "SCT", "NIR"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[str, ...] = get_args(Weekday)

# What a rule pack's lists of names may hold.
KNOWN_NAMES: frozenset[str] = frozenset(
    name
    for words in (
        Act,
        Channel,
        Result,
        Purpose,
        Content,
        ConductFlag,
        Role,
        ContactSource,
        ConsentKind,
        NoticeKind,
        Nation,
    )
    for name in get_args(words)
)
