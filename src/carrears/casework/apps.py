from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """The room ``casework``."""

    name = "carrears.casework"
    label = "casework"
