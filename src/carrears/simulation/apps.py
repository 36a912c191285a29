from django.apps import AppConfig


class SimulationConfig(AppConfig):
    """The room ``simulation``."""

    name = "carrears.simulation"
    label = "simulation"
