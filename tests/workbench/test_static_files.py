"""What pages load is collected when it changed, and not at each start."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from carrears.workbench.static_files import collect_static_files


@pytest.fixture
def collected(settings: LazySettings, tmp_path: Path) -> Path:
    """The folder into which it is collected; its source has one more file, of the house."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "own.css").write_text("a {}")
    settings.STATICFILES_DIRS = [source]
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    return tmp_path / "static"


def test_it_is_collected_once(collected: Path) -> None:
    assert collect_static_files()
    [hashed] = collected.glob("own.*.css")
    before = hashed.stat().st_mtime_ns

    assert not collect_static_files()
    assert hashed.stat().st_mtime_ns == before


def test_a_changed_file_is_collected(collected: Path) -> None:
    collect_static_files()
    (collected.parent / "source" / "own.css").write_text("b {}")

    assert collect_static_files()
    assert {one.read_text() for one in collected.glob("own.*.css")} >= {"b {}"}


def test_what_broke_off_or_was_taken_away_is_collected_anew(collected: Path) -> None:
    collect_static_files()
    (collected / "staticfiles.json").unlink()
    assert collect_static_files()

    (collected.parent / "source" / "bad.css").write_text('a { background: url("gone.png") }')
    with pytest.raises(Exception, match=r"gone\.png"):
        collect_static_files()
    (collected.parent / "source" / "bad.css").unlink()
    assert collect_static_files()
