from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "carrears.reports"
    label = "reports"
