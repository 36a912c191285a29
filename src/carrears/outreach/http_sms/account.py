"""The account that is set, read from its address."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from carrears.outreach.http_sms import alibaba, tencent, twilio
from carrears.outreach.http_sms.vendor import Vendor

NAMES = ("alibaba", "tencent", "twilio")
_HOSTS = {"alibaba": alibaba.HOST, "tencent": tencent.HOST, "twilio": twilio.HOST}
_OPTIONS = {
    "alibaba": {"sign"},
    "tencent": {"sign", "app", "region"},
    "twilio": {"from"},
}


def name_of(url: str) -> str:
    """Which service an address names; empty for another kind."""
    name = urlsplit(url).scheme.partition("+")[0]
    return name if name in NAMES else ""


def account_of(url: str, *, secret: str = "", pushes: str = "") -> tuple[Vendor, float]:
    """The account, and after how many seconds it is asked again what became of texts (0: never).

    ``alibaba://key-id@host?sign=…``, ``tencent://secret-id@host?app=…&sign=…&region=…``,
    ``twilio://account@host?from=…``; with ``window`` and ``poll`` each. The host may be left out;
    ``+http`` behind the name goes without TLS (a proxy of the house).

    Raises:
        ValueError: another service, no name or secret, or an option that there is not.
    """
    parts = urlsplit(url)
    name, _, how = parts.scheme.partition("+")
    if name not in NAMES or how not in {"", "http"}:
        raise ValueError("a gateway for texts is written alibaba://, tencent:// or twilio://")
    told = dict(parse_qsl(parts.query))
    if unknown := set(told) - _OPTIONS[name] - {"window", "poll"}:
        raise ValueError(f"options of {name} that there are not: {sorted(unknown)}")
    who, key = unquote(parts.username or ""), secret or unquote(parts.password or "")
    if not who or not key:
        raise ValueError(f"{name} needs the name of a key and its secret")
    host = parts.netloc.rpartition("@")[2] or _HOSTS[name]
    base = f"{'http' if how else 'https'}://{host}"
    window = max(1, int(told.get("window", "16")))
    return _made(name, who, key, told, base=base, window=window, pushes=pushes), float(
        told.get("poll", "0")
    )


def _made(
    name: str,
    who: str,
    secret: str,
    told: dict[str, str],
    *,
    base: str,
    window: int,
    pushes: str,
) -> Vendor:
    needed = {"alibaba": ("sign",), "tencent": ("sign", "app"), "twilio": ("from",)}[name]
    if missing := [one for one in needed if not told.get(one)]:
        raise ValueError(f"{name} needs {', '.join(missing)}")
    if name == "alibaba":
        return alibaba.Alibaba(who, secret, told["sign"], base, window)
    if name == "tencent":
        region = told.get("region", "ap-guangzhou")
        return tencent.Tencent(who, secret, told["app"], told["sign"], region, base, window)
    sender = told["from"].strip()
    if sender.isdecimal() and len(sender) > len("999999"):
        sender = f"+{sender}"  # a plus in an address is a space
    return twilio.Twilio(who, secret, sender, pushes, base, window)
