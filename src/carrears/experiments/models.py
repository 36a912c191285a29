"""Experiments, their arms, who takes part, and what each day showed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class State(models.TextChoices):
    """PLANNED → RUNNING → STOPPED; PLANNED → DROPPED. Nothing comes back."""

    PLANNED = "planned"
    RUNNING = "running"
    STOPPED = "stopped"
    DROPPED = "dropped"


class Metric(models.TextChoices):
    """What counts. All but RECOVERY are shares of debtors."""

    CURE = "cure"
    RECOVERY = "recovery"
    # Of experiments with the words of a template only: within the window a message arrived, was
    # answered, a promise was made, anything was paid.
    DELIVERED = "delivered"
    REPLIED = "replied"
    PROMISED = "promised"
    PAID = "paid"


OF_WORDS = (Metric.DELIVERED, Metric.REPLIED, Metric.PROMISED, Metric.PAID)


class Conclusion(models.TextChoices):
    """What people made of a stopped experiment; adopting takes a second person."""

    NONE = ""
    PROPOSED = "proposed"
    ADOPTED = "adopted"
    KEPT = "kept"


class Experiment(models.Model):
    """A champion and its challengers over the debtors of one currency's loans.

    Without ``template`` strategies challenge each other, else versions of that template's words.
    The plan is fixed when the experiment begins. ``matters`` and ``deviation`` are shares for
    cure and minor units of ``currency`` for recovery, which is counted up to ``cap`` a debtor.
    ``guards`` gives, by guard rail, how many times the champion's risk a challenger may bear.
    """

    key = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=120)
    note = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    template = models.CharField(max_length=40, blank=True, default="", db_default="")
    currency = models.CharField(max_length=3)
    metric = models.CharField(max_length=10, choices=Metric.choices)
    window_days = models.PositiveSmallIntegerField()
    matters = models.FloatField()
    baseline = models.FloatField(null=True)
    deviation = models.FloatField(null=True)
    cap = models.BigIntegerField()
    alpha = models.FloatField(default=0.05)
    power = models.FloatField(default=0.8)
    planned_debtors = models.PositiveIntegerField()
    guards = models.JSONField(default=dict)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    planned_at = models.DateTimeField(auto_now_add=True)
    started_on = models.DateField(null=True)
    stopped_on = models.DateField(null=True)
    stop_reason = models.TextField(blank=True)
    conclusion = models.CharField(max_length=8, choices=Conclusion.choices, blank=True)
    winner = models.ForeignKey(
        "experiments.Arm", null=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-planned_at"]
        constraints = [
            # Two strategies cannot decide one debtor, nor two texts be one message.
            models.UniqueConstraint(
                fields=["template"], condition=Q(state="running"), name="one_running_of_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "dropped"]) | Q(started_on__isnull=False),
                name="experiment_started_has_day",
            ),
        ]
        permissions = [
            ("plan_experiment", "Can plan an experiment"),
            ("run_experiment", "Can start and stop an experiment, and end it"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class Arm(models.Model):
    """One strategy or one text of an experiment, and its share of the debtors in basis points.

    ``words`` is the SHA-256 of a template's version, which has to be approved
    (``outreach/migrations/0021_template_arms``).
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="arms")
    name = models.SlugField(max_length=40)
    strategy = models.ForeignKey(
        "strategy.StrategyVersion", null=True, on_delete=models.PROTECT, related_name="+"
    )
    words = models.CharField(max_length=64, blank=True, default="", db_default="")
    share = models.PositiveSmallIntegerField()
    is_champion = models.BooleanField(default=False)
    stopped_on = models.DateField(null=True)
    stop_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "name"], name="arm_name_once"),
            models.UniqueConstraint(
                fields=["experiment"], condition=Q(is_champion=True), name="one_champion"
            ),
            models.CheckConstraint(
                condition=Q(share__gt=0) & Q(share__lte=10_000), name="arm_share"
            ),
            models.CheckConstraint(
                condition=Q(strategy=None) ^ Q(words=""), name="arm_of_strategy_or_words"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.experiment.key}/{self.name}"

    @property
    def version(self) -> str:
        """The version of what it tries."""
        return self.strategy.version if self.strategy else self.words


class Enrolment(models.Model):
    """One debtor's part in an experiment, from the first day behind or the first message on.

    ``known_on`` is the first day run at or after the window's end, when the outcome was read;
    ``recovered`` is in minor units, not yet cut at the experiment's cap. The other days are
    those of the first event of each guard rail after entry, and in an experiment with words those
    of the first message that arrived, reply and promise.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="enrolments")
    arm = models.ForeignKey(Arm, on_delete=models.CASCADE, related_name="enrolments")
    debtor = models.CharField(max_length=80)
    entered_on = models.DateField()
    known_on = models.DateField(null=True)
    cured = models.BooleanField(null=True)
    recovered = models.BigIntegerField(null=True)
    complained_on = models.DateField(null=True)
    blocked_on = models.DateField(null=True)
    opted_out_on = models.DateField(null=True)
    delivered_on = models.DateField(null=True)
    replied_on = models.DateField(null=True)
    promised_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "debtor"], name="debtor_enrolled_once"),
            models.CheckConstraint(
                condition=Q(known_on=None, cured=None, recovered=None)
                | Q(known_on__isnull=False, cured__isnull=False, recovered__isnull=False),
                name="outcome_known_as_a_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["experiment", "entered_on"],
                condition=Q(known_on=None),
                name="enrolment_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.arm} {self.entered_on}"


class Figure(models.Model):
    """What was known of one challenger at the end of one day; ``values`` are as in figures.py."""

    arm = models.ForeignKey(Arm, on_delete=models.CASCADE, related_name="figures")
    as_of = models.DateField()
    advice = models.CharField(max_length=16)
    values = models.JSONField()

    class Meta:
        ordering = ["as_of"]
        constraints = [models.UniqueConstraint(fields=["arm", "as_of"], name="one_figure_a_day")]

    def __str__(self) -> str:
        return f"{self.arm} {self.as_of} {self.advice}"
