from django.apps import AppConfig


class RightsConfig(AppConfig):
    """The room ``rights``."""

    name = "carrears.rights"
    label = "rights"
