"""Whether the gateway for texts has a template's words registered, letter by letter."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings

from carrears.outreach.gateways import sms_gateway_name
from carrears.outreach.http_sms.codes import load_codes
from carrears.outreach.messages import lender_name
from carrears.outreach.templates import Template

# The gateways that send no words but those of templates that they approved.
_WITH_CODES = frozenset({"alibaba", "tencent"})
Registered = Literal["", "same", "other", "none"]


def registered_words(template: Template, locale: str) -> Registered:
    """Whether texts of this template would leave; empty where the gateway takes any words."""
    gateway = sms_gateway_name()
    if template.channel != "sms" or gateway not in _WITH_CODES:
        return ""
    path = settings.SMS_CODES_FILE
    try:
        codes = load_codes(Path(path) if path else None)
    except ValueError:
        return "none"
    code = codes.get(gateway, {}).get(template.key, {}).get(locale)
    if code is None:
        return "none"
    sign = dict(parse_qsl(urlsplit(settings.SMS_URL).query)).get("sign", "")
    ours = _named(template.locales[locale][1], locale).strip()
    theirs = f"【{sign}】" + _named(code.as_ours(), locale).strip()
    return "same" if ours == theirs else "other"


def _named(text: str, locale: str) -> str:
    return text.replace("{lender}", lender_name(locale)).replace("{phone}", settings.LENDER_PHONE)
