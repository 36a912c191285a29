"""The HTTP API: token authentication, OpenAPI documentation, RFC 9457 problem details."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import HttpBearer

from carrears.access.doors import refuse_outsiders
from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.agencies.api import router as placings_router
from carrears.agencies.batches_api import router as batches_router
from carrears.agencies.contact_logs_api import router as contact_logs_router
from carrears.agencies.destruction_api import router as destructions_router
from carrears.agencies.row_files import RowFileError
from carrears.agencies.settlements_api import router as settlements_router
from carrears.analytics.api import router as analytics_router
from carrears.casework.api import router as cases_router
from carrears.casework.desks_api import router as desks_router
from carrears.casework.files_api import router as files_router
from carrears.casework.holding_together_api import router as holding_router
from carrears.casework.holds_api import cases_router as holds_of_cases
from carrears.casework.holds_api import router as holds_router
from carrears.casework.moves_api import router as moves_router
from carrears.casework.services import CaseworkError
from carrears.casework.showing import HeldByOtherError
from carrears.clock import now
from carrears.conduct.api import router as conduct_router
from carrears.conduct.check_api import router as conduct_check_router
from carrears.conduct.complaints_api import router as complaints_router
from carrears.conduct.disputes_api import router as disputes_router
from carrears.conduct.mandates_api import router as mandates_router
from carrears.conduct.services import ConductError
from carrears.conduct.words_api import router as conduct_words_router
from carrears.dayrun.api import router as day_runs_router
from carrears.dayrun.experiments_api import router as experiment_ends_router
from carrears.dayrun.loans_api import router as loans_router
from carrears.dayrun.strategies_api import drafts_router
from carrears.dayrun.strategies_api import router as strategies_router
from carrears.documents.api import router as documents_router
from carrears.experiments.api import router as experiments_router
from carrears.experiments.services import ExperimentError
from carrears.homefiles import HomeFileError
from carrears.inbox.api import payments_router
from carrears.inbox.api import router as events_router
from carrears.inbox.kinds import MalformedEventError
from carrears.money import MoneyError
from carrears.outreach.api import attempts_router
from carrears.outreach.api import router as calls_router
from carrears.outreach.dead_letters_api import router as dead_letters_router
from carrears.outreach.messages import OutreachError
from carrears.outreach.outcomes_api import attempts_router as told_router
from carrears.outreach.outcomes_api import cases_router as outcomes_router
from carrears.outreach.outcomes_api import codes_router
from carrears.outreach.overrides_api import asking_router
from carrears.outreach.overrides_api import router as overrides_router
from carrears.outreach.portal_api import router as portal_router
from carrears.outreach.quality_api import router as quality_router
from carrears.outreach.template_versions import FaultyTemplateError, TemplateRefusal
from carrears.outreach.templates import TemplateError
from carrears.outreach.templates_api import router as templates_router
from carrears.outreach.templates_api import told_fault
from carrears.outreach.visits_api import cases_router as visits_of_cases
from carrears.outreach.visits_api import router as visits_router
from carrears.parties.consents import ConsentError
from carrears.parties.vault import SubjectErasedError
from carrears.portfolio.services import BookError
from carrears.reports.api import router as reports_router
from carrears.rights.appeals_api import router as appeals_router
from carrears.rights.consents_api import router as consents_router
from carrears.rights.errors import RightsError
from carrears.signin.limits import take
from carrears.signin.origin import client_ip, kept_origin
from carrears.signin.program_step_up import StepUpError
from carrears.signin.refused_tokens import tell_refused
from carrears.signin.tokens import allows, find_token, scope_of
from carrears.simulation.api import router as simulations_router
from carrears.simulation.assumptions import AssumptionError
from carrears.simulation.contenders import ContenderError
from carrears.strategy.drafts import DraftError
from carrears.strategy.errors import StrategyError
from carrears.vault.errors import DestroyedError, NotOpenedError, TooLargeError, VaultError
from carrears.vault.sniffing import RefusedFileError
from carrears.vault.stores import StoreError
from carrears.vault.streaming import StreamAlteredError

_log = logging.getLogger(__name__)


class TooManyError(Exception):
    """Asked too often; the argument is after how many seconds to ask again."""


def _take(key: str, *, of_strangers: bool = False) -> None:
    at_most = settings.SIGN_IN_PER_MINUTE if of_strangers else settings.API_PER_MINUTE
    if wait := take(key, at_most=at_most):
        raise TooManyError(wait)


class ScopeError(Exception):
    """A token lacks the scope that its message names."""


class BearerToken(HttpBearer):
    """``Authorization: Bearer ca_…``, issued by ``carrears token``."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The user whom the token acts for, who also becomes the request's user.

        Raises:
            TooManyError: it asks too often.
            ScopeError: the token is not for this part of the API.
        """
        found = find_token(token, at=now())
        if found is None:
            _take(f"stranger:{kept_origin(client_ip(request))['address']}", of_strangers=True)
            tell_refused(token, request=request, at=now())
            return None
        _take(f"token:{found.pk}")
        request.user = found.user
        request.token_made_at = found.created_at  # type: ignore[attr-defined]  # for step-up
        wanted = scope_of(request.path_info, request.method or "")
        if not allows(found.scopes, wanted):
            raise ScopeError(wanted)
        refuse_outsiders(found.user, request.resolver_match, request.method or "")
        return found.user


class PlainJson(Parser):
    """JSON of which no text holds a NUL, which no text of the database can hold."""

    def parse_body(self, request: HttpRequest) -> Any:
        """What was sent.

        Raises:
            ValueError: no JSON, or a NUL in it.
        """
        told = super().parse_body(request)
        if rb"\u0000" in request.body and _holds_nul(told):
            raise ValueError("a NUL in a text")
        return told


def _holds_nul(told: Any) -> bool:
    if isinstance(told, dict):
        return any(_holds_nul(each) for pair in told.items() for each in pair)
    if isinstance(told, list):
        return any(map(_holds_nul, told))
    return isinstance(told, str) and "\0" in told


class DescribedOnce(NinjaAPI):
    """An API that works its description out once: anybody may ask for it, and it takes long."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self._described: dict[str | None, Any] = {}

    def get_openapi_schema(self, *, path_prefix: str | None = None, **named: Any) -> Any:
        """The description in OpenAPI, for addresses that begin so."""
        if path_prefix not in self._described:
            found = super().get_openapi_schema(path_prefix=path_prefix, **named)
            self._described[path_prefix] = found
        return self._described[path_prefix]


api = DescribedOnce(
    title="Carrears",
    version="1",
    description="Cases, payments and day runs. Money is in minor units of an ISO 4217 currency.",
    auth=BearerToken(),
    parser=PlainJson(),
    urls_namespace="api",
)
api.add_router("/analytics", quality_router)  # before any figure of analytics by its name
api.add_router("/analytics", analytics_router)
api.add_router("/cases", cases_router)
api.add_router("/cases", files_router)
api.add_router("/cases", documents_router)
api.add_router("/cases", holds_of_cases)
api.add_router("/holds/together", holding_router)
api.add_router("/holds", holds_router)
api.add_router("/desks", desks_router)
api.add_router("/moves", moves_router)
api.add_router("/appeals", appeals_router)
api.add_router("/attempts", attempts_router)
api.add_router("/attempts", asking_router)
api.add_router("/cases", conduct_router)
api.add_router("/cases", calls_router)
api.add_router("/cases", outcomes_router)
api.add_router("/attempts", told_router)
api.add_router("/outcome-codes", codes_router)
api.add_router("/cases", visits_of_cases)
api.add_router("/visits", visits_router)
api.add_router("/conduct", conduct_check_router)
api.add_router("/conduct", conduct_words_router)
api.add_router("/complaints", complaints_router)
api.add_router("/dead-letters", dead_letters_router)
api.add_router("/disputes", disputes_router)
api.add_router("/consents", consents_router)
api.add_router("/mandates", mandates_router)
api.add_router("/placings", placings_router)
api.add_router("/batches", batches_router)
api.add_router("/settlements", settlements_router)
api.add_router("/contact-logs", contact_logs_router)
api.add_router("/destructions", destructions_router)
api.add_router("/loans", payments_router)
api.add_router("/loans", loans_router)
api.add_router("/day-runs", day_runs_router)
api.add_router("/events", events_router)
api.add_router("/experiments", experiments_router)
api.add_router("/experiments", experiment_ends_router)
api.add_router("/portal", portal_router)
api.add_router("/reports", reports_router)
api.add_router("/simulations", simulations_router)
api.add_router("/overrides", overrides_router)
api.add_router("/strategies", strategies_router)
api.add_router("/strategy-drafts", drafts_router)
api.add_router("/templates", templates_router)


def problem(
    request: HttpRequest, status: HTTPStatus, detail: str = "", **members: Any
) -> HttpResponse:
    """An answer of the media type ``application/problem+json`` (RFC 9457)."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "instance": request.path,
    }
    if detail:
        body["detail"] = detail
    return JsonResponse(
        body | members, status=status.value, content_type="application/problem+json"
    )


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        {"field": ".".join(str(step) for step in e["loc"][1:]), "reason": e["msg"]}
        for e in error.errors
    ]
    return problem(
        request, HTTPStatus.UNPROCESSABLE_ENTITY, "the request does not fit", errors=errors
    )


@api.exception_handler(MalformedEventError)
def _malformed(request: HttpRequest, error: MalformedEventError) -> HttpResponse:
    return problem(
        request, HTTPStatus.UNPROCESSABLE_ENTITY, "the event does not fit", errors=error.errors
    )


@api.exception_handler(HeldByOtherError)
def _held(request: HttpRequest, error: HeldByOtherError) -> HttpResponse:
    who, asks = error.holder.user, request.user
    same = isinstance(asks, User) and acts_for(who) == acts_for(asks)
    told = {"held_by": who.get_username() if same else "", "until": error.holder.until.isoformat()}
    return problem(request, HTTPStatus.CONFLICT, str(error), **told)


@api.exception_handler(StrategyError)
def _no_strategy(request: HttpRequest, error: StrategyError) -> HttpResponse:
    return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, str(error))


@api.exception_handler(FaultyTemplateError)
def _faulty_words(request: HttpRequest, error: FaultyTemplateError) -> HttpResponse:
    findings = [told_fault(one) for one in error.faults]
    return problem(
        request, HTTPStatus.UNPROCESSABLE_ENTITY, "the words cannot be sent", findings=findings
    )


@api.exception_handler(ConsentError)
@api.exception_handler(RowFileError)
def _no_consent(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, str(error))


@api.exception_handler(AuthenticationError)
def _unknown_token(request: HttpRequest, _: AuthenticationError) -> HttpResponse:
    response = problem(request, HTTPStatus.UNAUTHORIZED, "a valid API token is needed")
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(TooManyError)
def _too_many(request: HttpRequest, error: TooManyError) -> HttpResponse:
    response = problem(request, HTTPStatus.TOO_MANY_REQUESTS, "asked too often")
    response.headers["Retry-After"] = str(error)
    return response


@api.exception_handler(StepUpError)
def _not_confirmed(request: HttpRequest, error: StepUpError) -> HttpResponse:
    response = problem(request, HTTPStatus.FORBIDDEN, str(error))
    # RFC 9470, section 3
    response.headers["WWW-Authenticate"] = (
        f'Bearer error="insufficient_user_authentication", max_age={settings.STEP_UP_MINUTES * 60}'
    )
    return response


@api.exception_handler(ScopeError)
def _beyond_scope(request: HttpRequest, error: ScopeError) -> HttpResponse:
    response = problem(request, HTTPStatus.FORBIDDEN, f"the token lacks the scope {error}")
    # RFC 6750, section 3.1
    response.headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{error}"'
    return response


@api.exception_handler(VaultError)
def _vault(request: HttpRequest, error: VaultError) -> HttpResponse:
    status = next((code for kind, code in _VAULT if isinstance(error, kind)), HTTPStatus.CONFLICT)
    return problem(request, status, str(error))


_VAULT = (
    (RefusedFileError, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (NotOpenedError, HTTPStatus.FORBIDDEN),
    (DestroyedError, HTTPStatus.GONE),
)


@api.exception_handler(SubjectErasedError)
def _erased(request: HttpRequest, error: SubjectErasedError) -> HttpResponse:
    return problem(request, HTTPStatus.GONE, str(error))


@api.exception_handler(StoreError)
@api.exception_handler(StreamAlteredError)
def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(request, HTTPStatus.SERVICE_UNAVAILABLE, str(error))


@api.exception_handler(HomeFileError)
def _house_file(request: HttpRequest, error: HomeFileError) -> HttpResponse:
    _log.error("a file of the house cannot be used: %s", error)
    return problem(request, HTTPStatus.SERVICE_UNAVAILABLE, str(error))


@api.exception_handler(PermissionDenied)
def _forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return problem(request, HTTPStatus.FORBIDDEN, str(error))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem(request, HTTPStatus.NOT_FOUND, str(error))


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(request, HTTPStatus(error.status_code), str(error))


@api.exception_handler(CaseworkError)
@api.exception_handler(BookError)
@api.exception_handler(MoneyError)
@api.exception_handler(ConductError)
@api.exception_handler(RightsError)
@api.exception_handler(OutreachError)
@api.exception_handler(TemplateRefusal)
@api.exception_handler(TemplateError)
@api.exception_handler(DraftError)
@api.exception_handler(ExperimentError)
@api.exception_handler(ContenderError)
@api.exception_handler(AssumptionError)
def _conflict(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(request, HTTPStatus.CONFLICT, str(error))


@api.exception_handler(Exception)
def _fault(request: HttpRequest, error: Exception) -> HttpResponse:
    _log.exception("unhandled error in %s", request.path, exc_info=error)
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR)
