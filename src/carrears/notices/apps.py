from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "carrears.notices"
    label = "notices"
