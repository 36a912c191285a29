"""What gateways, mail servers and robots answered, in the reader's words; theirs are quoted behind.

Our own classification, by the codes that they publish; what no line of the table knows is shown
as it came.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext, gettext_noop

_NUMBER = gettext_noop("the number or address cannot be reached there")
_OFTEN = gettext_noop("more than is taken in this time")
_LISTED = gettext_noop("the person refused texts there, or is on its blacklist")
_TEMPLATE = gettext_noop("its signature or template is not approved there")
_WORDS = gettext_noop("it does not take these words")
_ACCOUNT = gettext_noop("it refuses our account")
_MONEY = gettext_noop("our account there has run out")
_FULL = gettext_noop("the mailbox is full")
_FAULT = gettext_noop("it has a fault of its own")
_LATER = gettext_noop("not now; to be tried again")
_REFUSED = gettext_noop("it refuses this one")
_LINE = gettext_noop("the connection broke or was not made")
_SILENT = gettext_noop("no answer that tells what became of it")

_REFUSED_WITH = "refused with "  # a robot or WeCom, whose codes need no words of ours

# The first that fits is said. A pattern is looked for from the beginning of what was answered.
_TABLE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), said)
    for pattern, said in (
        # the state of an account, which is told before anything of one message
        (r"(Alibaba|Tencent) Cloud: \S*(AMOUNT_NOT_ENOUGH|InsufficientBalance)", _MONEY),
        (r"Twilio: HTTP 402", _MONEY),
        (r"Tencent Cloud: LimitExceeded", _OFTEN),
        (r"(Alibaba Cloud|Tencent Cloud|Twilio): ", _ACCOUNT),
        # Alibaba Cloud
        (r"isv\.MOBILE_NUMBER_ILLEGAL", _NUMBER),
        (r"(isv\.(BUSINESS_LIMIT_CONTROL|DAY_LIMIT)|Throttling)", _OFTEN),
        (r"isv\.BLACK_KEY", _WORDS),
        (r"isv\.(SMS_TEMPLATE|SMS_SIGN|TEMPLATE_|INVALID_PARAMETERS|PARAM_)", _TEMPLATE),
        (r"(isp\.|ServiceUnavailable|InternalError|UnknownError)", _FAULT),
        (r"isv\.", _REFUSED),
        # Tencent Cloud
        (r"(InvalidParameterValue\.Incorrect|UnsupportedOperation\.\w*)PhoneNumber", _NUMBER),
        (r"(RequestLimitExceeded|LimitExceeded)", _OFTEN),
        (r"FailedOperation\.PhoneNumberInBlacklist", _LISTED),
        (r"FailedOperation\.(ContainSensitiveWord|MarketingSend\w*|Forbid\w*)", _WORDS),
        (r"FailedOperation\.\w*(Template|Sign)", _TEMPLATE),
        (r"(FailedOperation|InvalidParameter\w*|UnsupportedOperation)\b", _REFUSED),
        # Twilio: 21xxx of the request
        (r"(21211|21214|21217|21401|21421|21614|30003|30005|30006)\b", _NUMBER),
        (r"21610\b", _LISTED),
        (r"(20429|14107|30001|30022)\b", _OFTEN),
        (r"(21617|21619|30007)\b", _WORDS),
        (r"(21|30)\d{3}\b", _REFUSED),
        # SMPP 3.4, 5.1.3
        (r"(\d+ of \d+ parts taken; )", _SILENT),
        (r"SMPP status 0x000000(0b|50|51)", _NUMBER),
        (r"SMPP status 0x000000(14|58)", _OFTEN),
        (r"SMPP status 0x00000008", _FAULT),
        (r"SMPP status ", _REFUSED),
        (r"(the SMSC refused to bind us|the SMSC did not answer to our bind)", _ACCOUNT),
        (r"(the line to the SMSC|no line to the SMSC|no TLS with the SMSC|the SMSC )", _LINE),
        # SMTP: RFC 3463 where the server says it, else the first digit of its code
        (r"[45]\d\d[ -][45]\.2\.2", _FULL),
        (r"5\d\d[ -]5\.1\.(1|2|3|6|10)\b", _NUMBER),
        (r"4\d\d[ -]", _LATER),
        (r"5\d\d[ -]", _REFUSED),
        (r"mail server: ", _LINE),
        # HTTP of whatever is asked
        (r"HTTP 429", _OFTEN),
        (r"HTTP (401|402|403)", _ACCOUNT),
        (r"HTTP 4\d\d", _REFUSED),
        (r"HTTP 5\d\d", _FAULT),
        (r"HTTP \d", _SILENT),
        (r"\S+ (is not known:|stands for \S+, which|has no address)", _LINE),
        (r"\S+ does not (answer:|speak TLS)", _LINE),
        (r"the answer (takes too long|is too long)", _SILENT),
    )
)  # fmt: skip


def said_by_gateway(answer: str) -> str:
    """What an answer comes to, in the reader's words, with the words of the gateway behind it."""
    if answer.startswith(_REFUSED_WITH):
        return gettext("refused with code %(code)s") % {"code": answer.removeprefix(_REFUSED_WITH)}
    for pattern, said in _TABLE:
        if pattern.match(answer):
            told = {"what": gettext(said), "words": answer}
            return gettext("%(what)s: “%(words)s”") % told
    return answer
