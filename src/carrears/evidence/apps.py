from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """The room ``evidence``."""

    name = "carrears.evidence"
    label = "evidence"
