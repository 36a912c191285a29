"""Django's PostgreSQL backend that starts the embedded server at the first connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from carrears.database.embedded import connection_parameters


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL, reached through the embedded server's socket."""

    def get_connection_params(self) -> dict[str, Any]:
        """Django's parameters with the running server's address put in."""
        wanted = super().get_connection_params()
        parameters = connection_parameters(Path(self.settings_dict["OPTIONS_HOME"]))
        return wanted | parameters | {"dbname": wanted["dbname"]}
