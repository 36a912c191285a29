from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    """The room ``agencies``."""

    name = "carrears.agencies"
    label = "agencies"
