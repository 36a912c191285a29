"""Texts sent by a cloud, and what it tells of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import LazySettings
from django.test import Client
from outreach.clouds import KEY, SECRET, Cloud, signed_by_twilio
from outreach.test_smpp import NoPause

from carrears.outreach.http_sms.vendor import own_reference
from carrears.outreach.models import Delivery
from carrears.outreach.pushes import push_address
from carrears.outreach.sms_service import run

NUMBER = "8613900000001"
OUTSIDE = "https://carrears.lender.example"
CODES = """
alibaba:
  sms_reminder:
    zh-CN:
      code: SMS_001
      text: ${name}您好，截至${as_of}，合同${loan_no}有${owed}已到期未还，请尽快归还；\
如已还款请忽略。咨询、异议或还款有困难请致电${phone}。拒收请回复TD
      parameters: {owed: arrears}
tencent:
  sms_reminder:
    zh-CN:
      code: '449739'
      text: '{1}您好，截至{2}，合同{3}有{4}已到期未还，请尽快归还；如已还款请忽略。\
咨询、异议或还款有困难请致电{5}。拒收请回复TD'
      parameters: {'1': name, '2': as_of, '3': loan_no, '4': arrears, '5': phone}
"""
OPTIONS = {
    "alibaba": f"sign={quote('示例汽车金融有限公司')}",
    "tencent": f"app=1400006666&sign={quote('示例汽车金融有限公司')}",
    "twilio": "from=15005550006",
}


def use(cloud: Cloud, settings: LazySettings, folder: Path, more: str = "") -> None:
    (folder / "secret").write_text(SECRET + "\n", encoding="utf-8")
    (folder / "codes.yaml").write_text(CODES, encoding="utf-8")
    settings.PUBLIC_URL = OUTSIDE
    settings.SMS_SECRET_FILE = str(folder / "secret")
    settings.SMS_CODES_FILE = str(folder / "codes.yaml")
    where = f"{cloud.name}+http://{KEY}@127.0.0.1:{cloud.port}"
    settings.SMS_URL = f"{where}?{OPTIONS[cloud.name]}{more}"


def drain() -> None:
    run(stop=NoPause(), drain=True)


def push(cloud: Cloud, told: Any, *, query: str = "") -> int:
    """Have the service tell us; returns what we answered."""
    address = push_address(cloud.name) + query
    path = address.removeprefix(OUTSIDE)
    if cloud.name == "twilio":
        signed = signed_by_twilio(address, told)
        return _post_form(path, told, signed)
    kind = "application/json"
    return Client().post(path, json.dumps(told), content_type=kind).status_code


def _post_form(path: str, form: dict[str, str], signed: str) -> int:
    body = "&".join(f"{quote(name)}={quote(value, safe='')}" for name, value in form.items())
    kind = "application/x-www-form-urlencoded"
    headers = {"x-twilio-signature": signed}
    return Client().post(path, body, content_type=kind, headers=headers).status_code


def receipt(cloud: Cloud, delivery: Delivery, fate: str) -> int:
    """Have the service tell what became of a text, by whatever it knows of it."""
    ours = own_reference(delivery.attempt.key)
    good = fate == "delivered"
    if cloud.name == "alibaba":
        row = {"phone_number": NUMBER[2:], "success": good, "err_code": "X", "biz_id": "b^0"}
        return push(cloud, [row | {"out_id": ours, "sms_size": "2"}])
    if cloud.name == "tencent":
        row = {"mobile": NUMBER[2:], "nationcode": "86", "errmsg": "X", "sid": f"2640:{ours[:8]}"}
        return push(cloud, [row | {"report_status": "SUCCESS" if good else "FAIL"}])
    told = {"MessageSid": "SMx", "MessageStatus": fate, "To": f"+{NUMBER}"}
    return push(cloud, told, query=f"?reference={ours}")


def reply(cloud: Cloud, number: str, words: str) -> int:
    """Have somebody write to us."""
    if cloud.name == "alibaba":
        row = {"phone_number": number[2:], "content": words, "dest_code": "1069", "sequence_id": 1}
        return push(cloud, [row])
    if cloud.name == "tencent":
        row = {"mobile": number[2:], "nationcode": "86", "text": words, "sign": "s", "time": 1}
        return push(cloud, row)
    return push(cloud, {"From": f"+{number}", "Body": words, "MessageSid": f"SM{len(words)}"})


def words_of(cloud: Cloud, told: dict[str, Any]) -> tuple[str, str]:
    """To whom, and the words that the phone would show."""
    if cloud.name == "twilio":
        return told["To"], told["Body"]
    if cloud.name == "alibaba":
        values = json.loads(told["TemplateParam"])
        code, sign, to = told["TemplateCode"], told["SignName"], f"+{told['PhoneNumbers']}"
    else:
        values = {str(n): v for n, v in enumerate(told["TemplateParamSet"], 1)}
        code, sign, to = told["TemplateId"], told["SignName"], told["PhoneNumberSet"][0]
    line = CODES[CODES.index(code) :].splitlines()[1].strip().removeprefix("text: ").strip("'")
    for key, value in values.items():
        line = line.replace("${" + key + "}", value).replace("{" + key + "}", value)
    return to, f"【{sign}】{line}"
