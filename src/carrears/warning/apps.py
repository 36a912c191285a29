from django.apps import AppConfig


class WarningConfig(AppConfig):
    name = "carrears.warning"
    label = "warning"
