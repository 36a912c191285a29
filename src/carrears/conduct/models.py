"""Verdicts as given, and who must not be contacted."""

from __future__ import annotations

from typing import ClassVar, cast

from django.conf import settings
from django.db import models
from django.db.models import Q

from carrears.conduct.complaint_models import Complaint, ComplaintStep
from carrears.conduct.dispute_models import (
    Dispute,
    DisputedLoan,
    DisputeDocument,
    DisputeStep,
)
from carrears.conduct.foreign import Algorithm, Form, SaltAt, Scheme
from carrears.conduct.list_upload_models import ListUpload, UploadState

__all__ = [
    "Complaint",
    "ComplaintStep",
    "Dispute",
    "DisputeDocument",
    "DisputeStep",
    "DisputedLoan",
    "DoNotContact",
    "IndustryList",
    "ListState",
    "ListUpload",
    "Listing",
    "Mandate",
    "RejectedListing",
    "UploadState",
    "VerdictRecord",
]


class VerdictRecord(models.Model):
    """One judgement of the gate, with all it saw, so that it can be given again.

    It is of one attempt, which the database holds it to, and is never changed or deleted.
    """

    attempt_key = models.CharField(max_length=160)
    case = models.ForeignKey(
        "casework.Case", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    party = models.ForeignKey(
        "parties.Party", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    channel = models.CharField(max_length=12)
    judged_at = models.DateTimeField(auto_now_add=True)
    attempt_at = models.DateTimeField()
    pack = models.CharField(max_length=16)
    pack_version = models.CharField(max_length=96)
    gate_action = models.CharField(max_length=8)  # allow | block | review
    expect = models.CharField(max_length=24)
    findings = models.JSONField()
    facts = models.JSONField()
    next_allowed_at = models.DateTimeField(null=True)
    # The ids of the rules that stand in the way, told by the findings; whoever counts blocks by
    # rule need not open them.
    against = models.GeneratedField(
        expression=models.Func(
            models.F("findings"),
            template="jsonb_path_query_array(%(expressions)s, "
            "'$[*] ? (@.gate_action != \"allow\").rule_id')",
        ),
        output_field=models.JSONField(),
        db_persist=True,
    )

    # The ids of the rules that let the attempt go as the last permitted or shortly before the end.
    near = models.GeneratedField(
        expression=models.Func(
            models.F("findings"),
            template="jsonb_path_query_array(%(expressions)s, "
            "'$[*] ? (@.room.near_miss == true).rule_id')",
        ),
        output_field=models.JSONField(),
        db_persist=True,
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["attempt_at"],
                condition=~Q(gate_action="allow"),
                name="verdict_stopped_time",
            ),
            models.Index(
                fields=["attempt_at"],
                condition=Q(gate_action="allow") & ~Q(near=[]),
                name="verdict_near_miss_time",
            ),
        ]
        constraints = [
            # The target of outreach's foreign key: an attempt cannot claim another's verdict.
            models.UniqueConstraint(
                fields=[
                    "id",
                    "gate_action",
                    "attempt_key",
                    "case",
                    "party",
                    "channel",
                    "attempt_at",
                ],
                name="verdict_of_attempt",
            ),
            models.CheckConstraint(
                condition=Q(gate_action__in=["allow", "block", "review"]), name="verdict_action"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gate_action} ({self.pack} {self.pack_version})"


class DoNotContact(models.Model):
    """A person, or one number or address, that must not be contacted.

    A bar may be for one channel, one product, or one of those who act: an agency, or the lender's
    own staff (``OWN_STAFF``). One that was lifted stays in the list and bars nothing.
    """

    OWN_STAFF = "LENDER"
    BY_HAND = "by_hand"  # why, beside what somebody says himself (``services.put_bar_words``)
    ERASED = "erased"  # the reason of bars on who was erased and on what he was reached by

    party = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.CASCADE, related_name="do_not_contact"
    )
    value_index = models.BinaryField(null=True)
    # The id of the key of the index, which cannot be made anew; none: an older release made it.
    index_key = models.BinaryField(null=True)
    channel = models.CharField(max_length=12, blank=True)  # empty: every channel
    product = models.CharField(max_length=40, blank=True)  # empty: every product
    actor = models.CharField(max_length=64, blank=True)  # empty: whoever acts
    reason = models.CharField(max_length=120)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    added_at = models.DateTimeField(auto_now_add=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    lift_reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(party__isnull=False) | Q(value_index__isnull=False),
                name="do_not_contact_names_someone",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | ~Q(lift_reason=""),
                name="do_not_contact_lifted_with_reason",
            ),
        ]
        permissions = [("lift_donotcontact", "Can lift a bar on contact")]
        indexes = [models.Index(fields=["value_index"], name="do_not_contact_value")]

    def __str__(self) -> str:
        return f"do not contact since {self.from_on}"

    def covers(self, *, product: str, agency: str) -> bool:
        """Whether it bars a contact about a ``product``; no ``agency``: by the lender's own."""
        return _covers(self, product=product, agency=agency)


class Mandate(models.Model):
    """What entitles an agency to act for the lender (委托): from a day, until a day or none.

    One that was ended early says when, by whom and why; ended before it began, it was never in
    force. Nothing else of it changes, and nothing is deleted.
    """

    agency = models.CharField(max_length=64)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    given_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    end_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "starts_on"],
                condition=Q(ended_at__isnull=True),
                name="mandate_begins_once",
            ),
            models.CheckConstraint(condition=~Q(agency=""), name="mandate_names_agency"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(ends_on__gte=models.F("starts_on"))
                | Q(ended_at__isnull=False),
                name="mandate_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | (~Q(end_reason="") & Q(ends_on__isnull=False)),
                name="mandate_ended_with_reason",
            ),
        ]
        permissions = [("end_mandate", "Can end a mandate")]

    def __str__(self) -> str:
        return f"{self.agency} from {self.starts_on}"


class ListState(models.TextChoices):
    """READ → LIVE → REPLACED | REMOVED. A list that was read and not taken is deleted."""

    READ = "read"
    LIVE = "live"
    REPLACED = "replaced"
    REMOVED = "removed"


class IndustryList(models.Model):
    """One version of a list of numbers or addresses that somebody else keeps (行业名单).

    What it lists is in ``Listing``, as long as it is read or in force; how its values were
    hashed is its scheme (``foreign.Scheme``). It bars for its scope, as ``DoNotContact`` does:
    the number or address itself, or (``whole_person``) everyone who has it, whatever he is
    reached by.
    """

    name = models.CharField(max_length=80)
    version = models.CharField(max_length=40)
    source = models.CharField(max_length=120)
    reason = models.CharField(max_length=120)
    form = models.CharField(max_length=8)
    algorithm = models.CharField(max_length=8)
    salt = models.CharField(max_length=256, blank=True)
    salt_at = models.CharField(max_length=6, default="before")
    country = models.CharField(max_length=2, default="CN")
    whole_person = models.BooleanField(default=False)
    channel = models.CharField(max_length=12, blank=True)
    product = models.CharField(max_length=40, blank=True)
    actor = models.CharField(max_length=64, blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    # The id of the key under which its values are hashed; none: an older release did it.
    index_key = models.BinaryField(null=True)
    state = models.CharField(max_length=8, choices=ListState.choices, default=ListState.READ)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    rows = models.BigIntegerField(default=0)
    entries = models.BigIntegerField(default=0)
    twice = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    # How many of its entries the version in force had too when this one was read.
    known = models.BigIntegerField(null=True)
    # The files that came after the first one: {"file", "sha256", "rows", "entries", "rejected"}.
    added = models.JSONField(default=list)
    read_at = models.DateTimeField()
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    live_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    end_reason = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["name", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="industry_list_version_once"),
            models.UniqueConstraint(
                fields=["name"], condition=Q(state="live"), name="industry_list_one_in_force"
            ),
            models.CheckConstraint(
                condition=~Q(state="removed") | ~Q(end_reason=""),
                name="industry_list_removed_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def covers(self, *, product: str, agency: str) -> bool:
        """As for ``DoNotContact``."""
        return _covers(self, product=product, agency=agency)

    @property
    def scheme(self) -> Scheme:
        """How its values are written and hashed."""
        return Scheme(
            form=cast("Form", self.form),
            algorithm=cast("Algorithm", self.algorithm),
            salt=self.salt,
            salt_at=cast("SaltAt", self.salt_at),
            country=self.country,
        )


class Listing(models.Model):
    """One value of a list, hashed once more under the house's key (``blind.foreign_indexes``)."""

    pk = models.CompositePrimaryKey("list_id", "value_index")
    # The primary key serves for the index. A check of each of a million rows would take longer
    # than all the rest, and what is of no list in force is never looked at.
    list = models.ForeignKey(
        IndustryList,
        on_delete=models.CASCADE,
        related_name="listings",
        db_index=False,
        db_constraint=False,
    )
    value_index = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.list_id} {bytes(self.value_index).hex()}"


class RejectedListing(models.Model):
    """A row of a list's file that was kept aside, sealed, until it comes again corrected."""

    SEALED_AS: ClassVar[str] = "rejected listing"

    list = models.ForeignKey(IndustryList, on_delete=models.CASCADE, related_name="rejects")
    file_name = models.CharField(max_length=255)
    row_no = models.BigIntegerField()
    field = models.CharField(max_length=80)
    reason = models.CharField(max_length=120)
    raw_sealed = models.BinaryField()
    corrected_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["list_id", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["list", "file_name", "row_no"], name="rejected_listing_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.list} row {self.row_no}"


def _covers(bar: DoNotContact | IndustryList, *, product: str, agency: str) -> bool:
    return bar.product in {"", product} and bar.actor in {"", agency or DoNotContact.OWN_STAFF}


class NoteOutcome(models.TextChoices):
    """What a reviewer makes of a note: nothing, a talk with its writer, or a report."""

    FINE = "fine"
    COACH = "coach"
    REPORT = "report"


class FlaggedNote(models.Model):
    """A note with words that no message may say, until (no ``outcome``) somebody reviewed it.

    What the reviewer said lies sealed beside its evidence (``conduct.notes.comments_on``);
    ``comment`` holds what an older release wrote, until it is sealed.
    """

    note = models.OneToOneField(
        "casework.CaseEvent", on_delete=models.CASCADE, related_name="flagged"
    )
    outcome = models.CharField(max_length=6, choices=NoteOutcome.choices, blank=True)
    comment = models.TextField(blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", reviewed_at=None)
                | (Q(outcome__in=NoteOutcome.values, reviewed_at__isnull=False)),
                name="flagged_note_reviewed_with_outcome",
            )
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(outcome=""), name="flagged_note_waiting")
        ]
        permissions = [("review_flaggednote", "Can review notes with flagged words")]

    def __str__(self) -> str:
        return f"note {self.note_id} {self.outcome or 'to be reviewed'}"
