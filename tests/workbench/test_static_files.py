"""What pages load is collected when it changed, and not at each start."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.conf import LazySettings

from carrears.workbench.static_files import collect_static_files

_FINDERS = "django.contrib.staticfiles.finders"


@pytest.fixture
def collected(settings: LazySettings, tmp_path: Path) -> Path:
    """The folder into which it is collected; its source has one file."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "own.css").write_text("a {}")
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = [f"{_FINDERS}.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "carrears.workbench.static_files.CompressedFiles"}
    }
    return tmp_path / "static"


def test_it_is_collected_once(collected: Path, settings: LazySettings) -> None:
    settings.STATICFILES_FINDERS += [f"{_FINDERS}.AppDirectoriesFinder"]  # all that pages load
    assert collect_static_files()
    assert (collected / "ninja" / "swagger-ui-bundle.js").is_file()
    assert not list(collected.rglob("redoc*"))
    [hashed] = collected.glob("own.*.css")
    before = hashed.stat().st_mtime_ns

    assert not collect_static_files()
    assert hashed.stat().st_mtime_ns == before


def test_each_file_is_compressed_by_both_its_names_but_maps(collected: Path) -> None:
    text = "a { color: red }\n" * 99
    (collected.parent / "source" / "own.css").write_text(text)
    (collected.parent / "source" / "own.css.map").write_text(text)
    collected.mkdir()
    (collected / "own.css.map.br").write_bytes(b"as an older release did")
    collect_static_files()

    [hashed] = collected.glob("own.*.css")
    for name in ("own.css", hashed.name):
        assert gzip.decompress((collected / f"{name}.gz").read_bytes()).decode() == text
    assert not [one for one in collected.glob("own.*map*") if one.suffix in {".br", ".gz"}]


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
