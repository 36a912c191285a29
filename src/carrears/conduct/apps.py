from django.apps import AppConfig


class ConductConfig(AppConfig):
    """The room ``conduct``."""

    name = "carrears.conduct"
    label = "conduct"

    def ready(self) -> None:
        """Lists of cases are asked for whom must not be contacted by rooms left of this one."""
        from carrears.casework.case_marks import register_mark  # noqa: PLC0415  models load after apps
        from carrears.conduct.bar_mark import is_barred  # noqa: PLC0415  see above

        register_mark("do_not_contact", is_barred)
