from django.apps import AppConfig


class RecordingsConfig(AppConfig):
    """The room ``recordings``."""

    name = "carrears.recordings"
    label = "recordings"
