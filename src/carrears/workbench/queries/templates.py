"""Message templates: what is sent, what is in the making, and each version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import SequenceMatcher
from typing import get_args

from django.http import Http404, QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.outreach.models import TemplateEvent, TemplateState, TemplateVersion
from carrears.outreach.registered import registered_words
from carrears.outreach.smpp.texts import cut_text
from carrears.outreach.template_book import (
    Found,
    as_template,
    file_keys,
    house_in_force,
    keys_of_house,
    template_of_file,
    templates_in_force,
    today,
    tried_only,
)
from carrears.outreach.template_faults import Fault
from carrears.outreach.template_versions import faults_of, row_words, words_of
from carrears.outreach.templates import Channel, Stage, Template, TemplateError, TemplateFile
from carrears.workbench.labels import label_of
from carrears.workbench.queries.catalogue import titled
from carrears.workbench.queries.language import chosen, side_of
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.templates import (
    DiffLine,
    EventRow,
    ObjectionRow,
    TemplatePage,
    TemplateRow,
    TemplatesPage,
    TemplateText,
    VersionRow,
)

_MAKING = (TemplateState.DRAFT, TemplateState.PROPOSED)
_HISTORY = 100


def templates_page(params: QueryDict) -> TemplatesPage:
    """All templates that fit the filters."""
    text = params.get("q", "").strip()
    channel, stage = params.get("channel", ""), params.get("stage", "")
    making = {one.key: one for one in TemplateVersion.objects.filter(state__in=_MAKING)}
    found = templates_in_force({*keys_of_house(), *making})
    rows = [_list_row(key, one, making.get(key)) for key, one in found.items()]
    return TemplatesPage(
        rows=tuple(
            row
            for row in rows
            if (not text or text.lower() in f"{row.key} {row.about}".lower())
            and channel in {"", row.channel}
            and (not stage or not row.stages or stage in row.stages)
        ),
        text=text,
        channels=_options(get_args(Channel), "channel", channel),
        stages=_options(get_args(Stage), "stage", stage),
        active=bool(text or channel or stage),
    )


def _list_row(key: str, found: Found, making: TemplateVersion | None) -> TemplateRow:
    template = found if isinstance(found, Template) else as_template(making) if making else None
    return TemplateRow(
        key=key,
        about=side_of(template.about) if template else key,
        channel=template.channel if template else "",
        stages=template.stages if template else (),
        variant_of=template.variant_of if template else "",
        tone=template.tone if template else "",
        offer=titled(template.offer, "offer").title if template and template.offer else "",
        languages=tuple(template.locales) if template else (),
        number=found.number if isinstance(found, Template) else None,
        in_force=isinstance(found, Template),
        problem="" if isinstance(found, Template) or making else str(found),
        making=making.state if making else "",
        making_number=making.number if making else None,
    )


def _options(codes: tuple[str, ...], label: str, selected: str) -> tuple[Option, ...]:
    named = (Option(code, str(label_of(code, label).text), code == selected) for code in codes)
    return (Option("", gettext("All"), not selected), *named)


def find_row(key: str, number: int) -> TemplateVersion:
    """One version.

    Raises:
        Http404: there is none.
    """
    rows = TemplateVersion.objects.select_related("author", "proposed_by", "approved_by")
    row = rows.filter(key=key, number=number).first()
    if row is None:
        raise Http404
    return row


def shown_template(key: str, number: int | None) -> tuple[Template, TemplateVersion | None]:
    """The version asked for; without a number what is sent, else the newest there is.

    Raises:
        Http404: there is none.
    """
    if number is not None and (number != 1 or _has_row(key, number)):
        row = find_row(key, number)
        return as_template(row), row
    found = templates_in_force([key])[key]
    if number is None and isinstance(found, TemplateError):
        newest = TemplateVersion.objects.filter(key=key).order_by("-number").first()
        if newest is not None:
            return as_template(newest), newest
    if number is not None or isinstance(found, TemplateError):
        found = _of_file(key)
    return found, TemplateVersion.objects.filter(key=key, number=found.number).first()


def _has_row(key: str, number: int) -> bool:
    return TemplateVersion.objects.filter(key=key, number=number).exists()


def _of_file(key: str) -> Template:
    try:
        return template_of_file(key)
    except TemplateError as error:
        raise Http404 from error


def bases_of(words: TemplateFile) -> list[str]:
    """The templates of which these words could be a variant."""
    found = house_in_force()
    return [
        key
        for key, one in found.items()
        if isinstance(one, Template)
        and not one.variant_of
        and (one.channel, one.purpose) == (words.channel, words.purpose)
    ]


def template_page(
    user: User, template: Template, row: TemplateVersion | None, params: QueryDict
) -> TemplatePage:
    """One version with its changes, and all versions with what happened to them."""
    key, words = template.key, row_words(row) if row else words_of(template)
    faults = faults_of(words)
    versions = _versions(key)
    numbers = [one.number for one in versions if one.number != template.number]
    against = _against(params, numbers, template.number)
    state = row.state if row else "in_force"
    making = any(one.state in {"draft", "proposed"} for one in versions)
    edits = user.has_perm("outreach.change_templateversion")
    judges = user.has_perm("outreach.approve_template")
    return TemplatePage(
        key=key,
        about=side_of(template.about),
        channel=template.channel,
        purpose=template.purpose,
        stages=template.stages,
        variant_of=template.variant_of,
        tone=template.tone,
        offer=titled(template.offer, "offer").title if template.offer else "",
        pk=row.pk if row else None,
        number=template.number,
        state=next((one.state for one in versions if one.number == template.number), state),
        effective_on=_day(row),
        author=str(row.author) if row and row.author else "",
        texts=tuple(_text(template, locale) for locale in template.locales),
        variables=tuple((words.variables or {}).items()),
        objections=tuple(map(objection_row, faults)),
        against=tuple(Option(str(one), str(one), one == against) for one in numbers),
        against_number=against,
        changes=_changes(key, against, words),
        versions=versions,
        history=_history(key),
        file_differs=_file_differs(key),
        may_begin=user.has_perm("outreach.add_templateversion") and not making,
        may_edit=edits and state == "draft",
        may_propose=edits and state == "draft",
        may_approve=judges and state == "proposed" and not _worked_on(row, user),
        may_return=(judges or edits) and state == "proposed",
        may_discard=edits and state == "draft",
        may_withdraw=user.has_perm("outreach.withdraw_template")
        and (row is None or state == "approved"),
        must_reason=any(not one.is_prohibited for one in faults),
    )


def _worked_on(row: TemplateVersion | None, user: User) -> bool:
    return row is not None and (
        row.author_id == user.pk or row.events.filter(by=user).exclude(kind="returned").exists()
    )


def _day(row: TemplateVersion | None) -> date | None:
    return None if row is None or row.effective_on == date.min else row.effective_on


def _text(template: Template, locale: str) -> TemplateText:
    subject, body = template.locales[locale]
    return TemplateText(
        locale=locale,
        subject=subject,
        body=body,
        parts=cut_text(body).count if template.channel == "sms" else None,
        code=registered_words(template, locale),
    )


def objection_row(fault: Fault) -> ObjectionRow:
    """What is wrong, in the reader's language."""
    one, place = fault.objection, []
    if fault.locale:
        place.append(str(label_of(fault.locale, "language").text))
    if fault.part:
        place.append(str(label_of(fault.part, "template_part").text))
    if fault.line:
        place.append(gettext("line %(line)d") % {"line": fault.line})
    if one is not None:
        words = f"“{one.found}” — " if one.found else ""
        told = f"{words}{chosen(one.says_zh, one.says_en)} ({fault.pack}, {one.citation})"
    else:
        kinds = {
            "what": fault.what,
            "kind": label_of(fault.kind, "variable_kind").text if fault.kind else "",
            "other": label_of(fault.other, "variable_kind").text if fault.other else "",
        }
        told = str(label_of(fault.says, "template_fault").text) % kinds
    return ObjectionRow(place=" · ".join(place), says=told, prohibited=fault.is_prohibited)


def _versions(key: str) -> tuple[VersionRow, ...]:
    found = templates_in_force([key])[key]
    sent = found.number if isinstance(found, Template) else None
    rows = TemplateVersion.objects.filter(key=key).select_related("author", "approved_by")
    tried = set(rows.filter(tried_only()).values_list("pk", flat=True))
    told = [_version_row(row, sent, tried) for row in rows.order_by("-number")]
    if isinstance(found, Template) and sent not in {one.number for one in told}:
        told.append(
            VersionRow(
                number=1, state="in_force", effective_on=None, author="", approved_by="",
                changed_at=None, from_file=True,
            )
        )  # fmt: skip
    return tuple(told)


def _version_row(row: TemplateVersion, sent: int | None, tried: set[int]) -> VersionRow:
    state = str(row.state)
    if row.number == sent:
        state = "in_force"
    elif row.pk in tried and state == "approved":
        state = "tried"
    elif row.effective_on is not None and state == "approved" and row.effective_on > today():
        state = "coming"
    return VersionRow(
        number=row.number,
        state=state,
        effective_on=_day(row),
        author=str(row.author) if row.author else "",
        approved_by=str(row.approved_by) if row.approved_by else "",
        changed_at=row.changed_at,
        from_file=row.from_file,
    )


def _history(key: str) -> tuple[EventRow, ...]:
    events = TemplateEvent.objects.filter(template__key=key).select_related("template", "by")
    return tuple(
        EventRow(
            at=one.at,
            number=one.template.number,
            kind=one.kind,
            by=str(one.by) if one.by else "",
            reason=one.reason,
        )
        for one in events[:_HISTORY]
    )


def _file_differs(key: str) -> bool:
    """Whether a file says something else than its version 1, which is asked instead of it."""
    kept = TemplateVersion.objects.filter(key=key, from_file=True).first()
    if kept is None or key not in file_keys():
        return False
    try:
        return template_of_file(key).version != kept.version
    except TemplateError:
        return True


def _against(params: QueryDict, numbers: list[int], shown: int) -> int | None:
    asked = params.get("against", "")
    if asked.isdecimal() and int(asked) in numbers:
        return int(asked)
    return max((one for one in numbers if one < shown), default=None)


def _changes(key: str, against: int | None, words: TemplateFile) -> tuple[DiffLine, ...]:
    if against is None:
        return ()
    template, row = shown_template(key, against)
    return compare(row_words(row) if row else words_of(template), words)


def compare(before: TemplateFile, after: TemplateFile) -> tuple[DiffLine, ...]:
    """What is other in the one than in the other, place by place."""
    old, new = _lines_by_place(before), _lines_by_place(after)
    return tuple(
        line
        for place in dict.fromkeys((*old, *new))
        for line in _compare(place, old.get(place, []), new.get(place, []))
    )


def _lines_by_place(words: TemplateFile) -> Mapping[str, list[str]]:
    told = {
        gettext("Title of the template"): [words.about],
        gettext("Purpose"): [str(label_of(words.purpose, "template_purpose").text)],
        gettext("Stages"): [str(label_of(one, "stage").text) for one in words.stages],
        gettext("Variables"): sorted(words.variables or {}),
        gettext("Variant of"): [words.variant_of] if words.variant_of else [],
        gettext("Tone"): [str(label_of(words.tone, "tone").text)] if words.tone else [],
        gettext("What it offers"): [titled(words.offer, "offer").title] if words.offer else [],
    }
    for locale, text in words.locales.items():
        language = label_of(locale, "language").text
        told[f"{language} · {gettext('Subject')}"] = text.subject.splitlines()
        told[f"{language} · {gettext('Text')}"] = text.body.splitlines()
    return told


def _compare(place: str, old: list[str], new: list[str]) -> Iterator[DiffLine]:
    for change, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if change != "equal":
            yield from (DiffLine(place=place, sign="-", text=one) for one in old[a:b])
            yield from (DiffLine(place=place, sign="+", text=one) for one in new[c:d])
