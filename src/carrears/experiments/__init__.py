"""Champion against challenger (冠军挑战者): does another strategy help, and do no harm?

The statistics are exported here; they know no Django.
"""

from carrears.experiments.assignment import arm_sql, assign_arm
from carrears.experiments.harm import harm_evidence
from carrears.experiments.planning import Size, sample_size, smallest_effect
from carrears.experiments.recommendation import Advice, recommend
from carrears.experiments.sequences import Sequence, confidence_sequence, mean_sequence

__all__ = [
    "Advice",
    "Sequence",
    "Size",
    "arm_sql",
    "assign_arm",
    "confidence_sequence",
    "harm_evidence",
    "mean_sequence",
    "recommend",
    "sample_size",
    "smallest_effect",
]
