from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "carrears.alerts"
    label = "alerts"
