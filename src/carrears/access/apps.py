from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class AccessConfig(AppConfig):
    name = "carrears.access"
    label = "access"

    def ready(self) -> None:
        post_migrate.connect(_sync_roles, dispatch_uid="carrears.access.roles")


def _sync_roles(sender: AppConfig, *, keep_rights: bool = False, **_: Any) -> None:
    """Once the last room's tables and permissions exist, roles and walls can be set.

    With ``keep_rights`` no role loses a right that a process of the old release may still ask for.
    """
    rooms = [room for room in apps.get_app_configs() if room.models_module is not None]
    if sender.label != rooms[-1].label:
        return
    from carrears.access.services import ensure_roles  # noqa: PLC0415  models load after apps
    from carrears.access.walls import ensure_walls  # noqa: PLC0415  see above

    ensure_roles(keep=keep_rights)
    ensure_walls(keep_rights=keep_rights)
