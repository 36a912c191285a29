"""The common form widgets, written by Python instead of by Django's templates.

A case page has thirty fields and a hundred attributes. Django's templates, one included in the
other, took a tenth of the page to write them; this says the same, byte for byte
(``tests/workbench/test_widgets.py``), and leaves every other widget to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

_Widget = Mapping[str, Any]
_OPTION = "django/forms/widgets/select_option.html"


class WrittenWidgets(DjangoTemplates):
    """Django's own renderer, but for inputs, texts and lists to choose from."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """The HTML of a widget, or of whatever else a form has."""
        write = _WRITTEN.get(template_name)
        written = write(context["widget"]) if write else None
        if written is None:
            return super().render(template_name, context, request)
        return mark_safe(written)  # noqa: S308  each part of it was escaped


def _input(widget: _Widget) -> str:
    value = widget["value"]
    told = "" if value is None else f' value="{_word(value)}"'
    kind, name = conditional_escape(widget["type"]), conditional_escape(widget["name"])
    return f'<input type="{kind}" name="{name}"{told}{_attributes(widget)}>'


def _textarea(widget: _Widget) -> str:
    value = conditional_escape(localize(widget["value"])) if widget["value"] else ""
    name = conditional_escape(widget["name"])
    return f'<textarea name="{name}"{_attributes(widget)}>\n{value}</textarea>'


def _select(widget: _Widget) -> str | None:
    parts = [f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget)}>']
    for group, options, _ in widget["optgroups"]:
        if any(one["template_name"] != _OPTION for one in options):
            return None
        if group:
            parts.append(f'\n  <optgroup label="{conditional_escape(localize(group))}">')
        parts += [f"\n  {_option(one)}\n" for one in options]  # its template ends a line
        if group:
            parts.append("\n  </optgroup>")
    return "".join([*parts, "\n</select>"])


def _option(option: _Widget) -> str:
    label = conditional_escape(localize(option["label"]))
    return f'<option value="{_word(option["value"])}"{_attributes(option)}>{label}</option>'


def _attributes(widget: _Widget) -> str:
    return "".join(
        f" {conditional_escape(name)}" + ("" if value is True else f'="{_word(value)}"')
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _word(value: Any) -> str:
    """A value as ``stringformat:'s'`` says it: no thousands parted, no date in words."""
    return conditional_escape(str(value))


_INPUTS = ("text", "number", "email", "url", "tel", "search", "color", "password", "hidden")
_DATED = ("input", "date", "datetime", "time", "file")
_WRITTEN: Mapping[str, Callable[[_Widget], str | None]] = {
    **{f"django/forms/widgets/{kind}.html": _input for kind in (*_INPUTS, *_DATED)},
    "django/forms/widgets/textarea.html": _textarea,
    "django/forms/widgets/select.html": _select,
}
