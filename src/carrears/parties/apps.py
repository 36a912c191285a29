from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """The room ``parties``."""

    name = "carrears.parties"
    label = "parties"
