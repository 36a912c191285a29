"""Widgets written by Python say what Django's templates say, byte for byte."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.workbench.widgets import WrittenWidgets

_WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_VALUES = st.one_of(st.none(), _WORDS, st.integers(), _WORDS.map(mark_safe), st.booleans())
_ATTRIBUTES = st.dictionaries(
    st.sampled_from(["class", "data-a", "aria-invalid", "autofocus", "maxlength", 'odd"name']),
    st.one_of(_WORDS, st.booleans(), st.integers(0, 99_999), _WORDS.map(mark_safe)),
    max_size=4,
)
_KINDS: list[type[forms.Widget]] = [
    forms.TextInput, forms.NumberInput, forms.EmailInput, forms.URLInput, forms.PasswordInput,
    forms.HiddenInput, forms.DateInput, forms.DateTimeInput, forms.TimeInput, forms.Textarea,
    forms.FileInput, forms.CheckboxInput, forms.ClearableFileInput,
]  # fmt: skip
_LABELS = st.one_of(_WORDS, st.integers(0, 99_999), _WORDS.map(mark_safe))
_OPTIONS = st.lists(st.tuples(_VALUES, _LABELS), max_size=5)
_CHOICES = st.lists(st.one_of(st.tuples(_VALUES, _LABELS), st.tuples(_WORDS, _OPTIONS)), max_size=5)
_LANGUAGES = st.sampled_from(["en", "zh-hans"])


def _both(widget: forms.Widget, value: Any, attrs: dict[str, Any]) -> tuple[SafeString, SafeString]:
    ours = widget.render("name<&", value, attrs=attrs, renderer=WrittenWidgets())
    theirs = widget.render("name<&", value, attrs=attrs, renderer=DjangoTemplates())
    return ours, theirs


@pytest.mark.parametrize("kind", _KINDS, ids=lambda kind: kind.__name__)
@given(value=_VALUES, attrs=_ATTRIBUTES)
@settings(max_examples=25)
def test_one_line_as_django_writes_it(
    kind: type[forms.Widget], value: Any, attrs: dict[str, Any]
) -> None:
    ours, theirs = _both(kind(), value, attrs)
    assert ours == theirs
    assert isinstance(ours, SafeString)


@given(choices=_CHOICES, value=_VALUES, attrs=_ATTRIBUTES, language=_LANGUAGES)
@settings(max_examples=50)
def test_a_list_as_django_writes_it(
    choices: list[Any], value: Any, attrs: dict[str, Any], language: str
) -> None:
    listed = [forms.Select(choices=choices), forms.RadioSelect(choices=choices)]
    for widget in (*listed, forms.SelectMultiple(choices=choices), forms.NullBooleanSelect()):
        chosen = [value] if isinstance(widget, forms.SelectMultiple) else value
        with translation.override(language):
            ours, theirs = _both(widget, chosen, attrs)
        assert ours == theirs


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_days_and_moments_as_django_writes_them(language: str) -> None:
    with translation.override(language):
        for widget, value in (
            (forms.DateInput(format="%Y-%m-%d"), date(2026, 11, 30)),
            (forms.DateInput(), date(2026, 11, 30)),
            (forms.DateTimeInput(), datetime(2026, 11, 30, 9, 5)),  # noqa: DTZ001  a form's
            (forms.TimeInput(), time(9, 5)),
            (forms.Textarea(), 1_234_567),
            (forms.TextInput(), gettext_lazy("Yes")),
        ):
            ours, theirs = _both(widget, value, {"title": gettext_lazy("Yes")})
            assert ours == theirs


def test_a_field_of_a_form_is_written_by_it() -> None:
    class Form(forms.Form):
        name = forms.CharField(max_length=9, initial='"<')

    form = Form()
    assert isinstance(form.renderer, WrittenWidgets)
    assert str(form["name"]) == (
        '<input type="text" name="name" value="&quot;&lt;" maxlength="9" required id="id_name">'
    )
