from django.apps import AppConfig


class SavedViewsConfig(AppConfig):
    name = "carrears.savedviews"
    label = "savedviews"
