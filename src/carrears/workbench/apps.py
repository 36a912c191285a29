from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    """The room ``workbench``."""

    name = "carrears.workbench"
    label = "workbench"
