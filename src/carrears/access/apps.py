from django.apps import AppConfig


class AccessConfig(AppConfig):
    """The room ``access``."""

    name = "carrears.access"
    label = "access"
