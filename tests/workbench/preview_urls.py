"""The names that templates link to, answered from samples: pages without a book."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path
from workbench import (
    samples,
    samples_access,
    samples_experiments,
    samples_ledger,
    samples_simulation,
    samples_strategy,
)
from workbench.samples_analytics import analytics_page
from workbench.samples_case import case_page, forms_of

from carrears.signin.forms import SignInForm
from carrears.workbench.queries.analytics import definitions
from carrears.workbench.queries.rules import rule_page, rules_page
from carrears.workbench.view_models.case import Timeline
from carrears.workbench.view_models.documents import DocumentsPanel

LARGE_DRAFT = 100


def is_chinese(request: HttpRequest) -> bool:
    return getattr(request, "LANGUAGE_CODE", "zh-hans") != "en"


def show(request: HttpRequest, name: str, template: str = "", **extra: Any) -> HttpResponse:
    user_model = get_user_model()
    chinese = is_chinese(request)
    request.user = user_model(
        username="lin", display_name="林晓" if chinese else "Lin Xiao", is_superuser=True
    )
    filled = samples.context(name, zh=chinese) | extra
    return render(request, f"workbench/{template or name}.html", filled)


def page(name: str) -> Any:
    def view(request: HttpRequest, **_: Any) -> HttpResponse:
        return show(request, name)

    return view


def analytics(request: HttpRequest) -> HttpResponse:
    filled = analytics_page(zh=is_chinese(request), is_waiting="waiting" in request.GET)
    return show(request, "analytics", page=filled)


def analytics_told(request: HttpRequest) -> HttpResponse:
    return show(request, "analytics", "analytics_definitions", page=definitions())


def queue(request: HttpRequest) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return show(request, "queue", "queue")
    answer = show(request, "queue", "_queue_rows")
    asked = request.POST.copy()  # as the real page: its address holds the filters, no words
    for hidden in ("q", "csrfmiddlewaretoken"):
        asked.pop(hidden, None)
    answer.headers["HX-Push-Url"] = f"{request.path}?{asked.urlencode()}"
    return answer


def contact(request: HttpRequest, loan_no: str) -> HttpResponse:  # noqa: ARG001
    outcome = request.GET.get("outcome", "block" if request.GET.get("template") else "allow")
    filled = samples.contact_preview(zh=is_chinese(request), outcome=outcome)
    template = "_contact" if request.headers.get("HX-Request") else "contact"
    return show(request, "contact", template, contact=filled)


def promise(request: HttpRequest, loan_no: str) -> HttpResponse:
    forms = forms_of(request.POST.dict())
    if not forms["promise_form"].is_valid():
        answer = show(request, "case", "_promise_form", loan_no=loan_no, **forms)
        answer.status_code = 422
        return answer
    template = "workbench/_promise_form.html"
    return show(request, "case", "_case_saved", form_template=template, loan_no=loan_no)


def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft; a number from 100 on is how many rules its table has."""
    filled = samples_strategy.draft_context(
        zh=is_chinese(request), rules=pk if pk >= LARGE_DRAFT else 0
    )
    return show(request, "strategy_draft", **filled)


def save_draft(request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG001
    return JsonResponse({"revision": json.loads(request.body)["revision"]})


def check_draft(request: HttpRequest, pk: int) -> HttpResponse:  # noqa: ARG001
    return JsonResponse({"revision": 3, "faults": []})


def changes(request: HttpRequest, pk: int) -> HttpResponse:
    filled = samples_strategy.draft_context(zh=is_chinese(request))
    answer = {"changes": filled["page"].changes, "draft_pk": pk}
    return show(request, "strategy_draft", "_strategy_changes", **answer)


def simulations(request: HttpRequest) -> HttpResponse:
    return show(request, "strategy", "simulations", **samples_simulation.pages())


def simulation(request: HttpRequest, pk: int) -> HttpResponse:
    """A simulation; number 4 is under way, number 5 has failed."""
    state = {4: "running", 5: "failed"}.get(pk, "done")
    return show(request, "strategy", "simulation", **samples_simulation.page(state))


def ledger(request: HttpRequest, loan_no: str) -> HttpResponse:
    """The ledger of a loan; of number 0 there is none."""
    filled = samples_ledger.page(loan_no, zh=is_chinese(request))
    return show(request, "case", "ledger", page=filled, form=samples_ledger.form(), may_print=True)


def experiments(request: HttpRequest) -> HttpResponse:
    """The experiments; with ``?none`` there are none."""
    filled = samples_experiments.rows(zh=is_chinese(request)) if "none" not in request.GET else ()
    return show(request, "strategy", "experiments", rows=filled, may_plan=True)


def new_experiment(request: HttpRequest) -> HttpResponse:
    return show(request, "strategy", "experiment_new", **samples_experiments.new())


def experiment(request: HttpRequest, key: str, step: str = "") -> HttpResponse:  # noqa: ARG001
    """An experiment; its key is the state that it is in."""
    filled = samples_experiments.context(key, zh=is_chinese(request))
    return show(request, "strategy", "experiment", **filled)


def rules(request: HttpRequest) -> HttpResponse:
    return show(request, "evidence", "rules", page=rules_page(request.GET))


def rule(request: HttpRequest, pack: str, rule_id: str) -> HttpResponse:
    return show(request, "evidence", "rule", page=rule_page(pack, rule_id))


def nobody_else(request: HttpRequest, loan_no: str) -> HttpResponse:  # noqa: ARG001
    return HttpResponse("")


def older(request: HttpRequest) -> HttpResponse:
    events = case_page(zh=is_chinese(request)).timeline.events
    older_ones = Timeline(events=events, older=True)
    return show(request, "case", "_timeline", timeline=older_ones)


def documents(request: HttpRequest, loan_no: str) -> HttpResponse:
    none = DocumentsPanel(
        loan_no=loan_no, rows=(), kinds=(), more_url="", older=False, may_add=False
    )
    return show(request, "case", "_documents", panel=none)


def sign_in(request: HttpRequest) -> HttpResponse:
    people = samples_access.demo_users(zh=is_chinese(request))
    context = {"form": SignInForm(), "demo_users": people, "next": "", "company": ""}
    return render(request, "workbench/sign_in.html", context)


def error(request: HttpRequest, status: int) -> HttpResponse:
    return render(request, "workbench/error.html", {"status": status}, status=status)


workbench = [
    path("", page("dashboard"), name="dashboard"),
    path("figures.csv", page("dashboard"), name="dashboard-download"),
    path("key-figures/", page("dashboard"), name="key-figures"),
    path("analytics/", analytics, name="analytics"),
    path("analytics/file/", analytics, name="analytics-file"),
    path("analytics/again/", analytics, name="analytics-again"),
    path("analytics/definitions/", analytics_told, name="analytics-definitions"),
    path("queue/", queue, name="queue"),
    path("queue/file/", queue, name="queue-file"),
    path("queue/next/", page("queue"), name="next-case"),
    path("allocation/", rules, name="pool"),
    path("team/", rules, name="team"),
    path("agencies/", rules, name="agencies"),
    path("search/", page("search"), name="search"),
    path("case/<str:loan_no>/", page("case"), name="case"),
    path("case/<str:loan_no>/ledger/", ledger, name="ledger"),
    path("case/<str:loan_no>/documents/", documents, name="documents"),
    path("case/<str:loan_no>/timeline/", page("case"), name="timeline"),
    path("case/<str:loan_no>/statement/", ledger, name="statement"),
    path("case/<str:loan_no>/statement/<int:pk>/again/", ledger, name="statement-again"),
    path("case/<str:loan_no>/contact/", contact, name="contact"),
    path("case/<str:loan_no>/consents/", rules, name="consents"),
    path("case/<str:loan_no>/consents/new/", rules, name="consent-new"),
    path("case/<str:loan_no>/files/", page("case"), name="files"),
    path("case/<str:loan_no>/bundle/", page("case"), name="bundle"),
    path("case/<str:loan_no>/recordings/", page("case"), name="recordings"),
    path("recordings/begin/", page("case"), name="recording-begin"),
    path("recordings/<uuid:token>/", page("case"), name="recording"),
    path("case/<str:loan_no>/calls/", page("case"), name="call"),
    path("case/<str:loan_no>/calls/<int:pk>/result/", page("case"), name="call-result"),
    path("case/<str:loan_no>/contacts/", promise, name="contact-told"),
    path("case/<str:loan_no>/overrides/<int:pk>/ask/", page("case"), name="override-ask"),
    path("case/<str:loan_no>/overrides/<int:pk>/use/", page("case"), name="override-use"),
    path("calls/", page("open_calls"), name="open-calls"),
    path("overrides/", page("overrides"), name="overrides"),
    path("overrides/<int:pk>/", page("override"), name="override"),
    path("overrides/<int:pk>/decide/", page("override"), name="override-decide"),
    path("case/<str:loan_no>/numbers/<int:pk>/confirm/", page("case"), name="number-confirm"),
    path("case/<str:loan_no>/showing/", nobody_else, name="showing"),
    path("case/<str:loan_no>/left/", nobody_else, name="give-back"),
    path("case/<str:loan_no>/promise/", promise, name="promise"),
    path("case/<str:loan_no>/promise/<int:pk>/withdraw/", promise, name="promise-withdraw"),
    path("case/<str:loan_no>/note/", promise, name="note"),
    path("case/<str:loan_no>/mentions/", promise, name="mentions"),
    path("case/<str:loan_no>/hold/", promise, name="hold"),
    path("case/<str:loan_no>/hold/<int:pk>/end/", promise, name="hold-end"),
    path("case/<str:loan_no>/hold/<int:pk>/lift/", promise, name="hold-lift"),
    path("templates/", rules, name="templates"),
    path("templates/<slug:key>/", page("mail"), name="template"),
    path("promises/", rules, name="promise-quality"),
    path("promises/file/", rules, name="promise-quality-file"),
    path("visits/", rules, name="visits"),
    path("visits/today/", rules, name="visits-today"),
    path("visits/route/", rules, name="visits-route"),
    path("case/<str:loan_no>/visit/", rules, name="visit-new"),
    path("disputes/", rules, name="disputes"),
    path("disputes/aside/<int:pk>/", rules, name="dispute-aside"),
    path("disputes/<int:pk>/", rules, name="dispute"),
    path("case/<str:loan_no>/dispute/", rules, name="dispute-new"),
    path("holds/", rules, name="holds"),
    path("holds/file/", rules, name="holds-file"),
    path("warning/", page("warning"), name="warning"),
    path("warning/<str:loan_no>/", page("warning_loan"), name="warning-loan"),
    path("mail/", page("mail"), name="mail"),
    path("mail/undelivered/", page("mail"), name="dead-letters"),
    path("holds/together/", page("holds"), name="holding"),
    path("holds/together/orders/", page("holds"), name="holding-orders"),
    path("holds/together/order/", page("holds"), name="holding-order"),
    path("holds/together/<int:pk>/lift/", page("holds"), name="holding-lift"),
    path("mail/undelivered/orders/", page("mail"), name="dead-orders"),
    path("mail/undelivered/again/", page("mail"), name="dead-again"),
    path("mail/undelivered/orders/<int:pk>/stop/", page("mail"), name="dead-order-stop"),
    path("mail/letters/", page("mail"), name="letters"),
    path("mail/letters/make/", page("mail"), name="letters-make"),
    path("mail/letters/status/", page("mail"), name="letters-status"),
    path("mail/unknown/", page("mail"), name="unknown-texts"),
    path("mail/<int:id>/", page("mail_message"), name="mail-message"),
    path("mail/<int:id>/withdraw/", page("mail_message"), name="inbox-withdraw"),
    path("imports/", page("imports"), name="imports"),
    path("imports/<int:pk>/", page("import_detail"), name="import"),
    path("imports/upload/", page("imports"), name="import-upload"),
    path("imports/<int:pk>/rejects/", page("import_detail"), name="import-rejects"),
    path("strategy/", page("strategy"), name="strategy"),
    path("strategy/new/", page("strategy"), name="strategy-new"),
    path("strategy/version/<int:pk>/", page("strategy_version"), name="strategy-version"),
    path("strategy/version/<int:pk>/file/", page("strategy"), name="strategy-file"),
    path("strategy/version/<int:pk>/cadences/", page("strategy"), name="strategy-adopt-cadences"),
    path("strategy/version/<int:pk>/back/", page("strategy"), name="strategy-back"),
    path("strategy/draft/<int:pk>/", draft, name="strategy-draft"),
    path("strategy/draft/<int:pk>/save/", save_draft, name="strategy-save"),
    path("strategy/draft/<int:pk>/cadences/", draft, name="strategy-cadences"),
    path("strategy/draft/<int:pk>/check/", check_draft, name="strategy-check"),
    path("strategy/draft/<int:pk>/changes/", changes, name="strategy-changes"),
    path("strategy/draft/<int:pk>/try/", draft, name="strategy-try"),
    path("strategy/draft/<int:pk>/<str:step>/", draft, name="strategy-step"),
    path("simulations/", simulations, name="simulations"),
    path("simulations/<int:pk>/", simulation, name="simulation"),
    path("simulations/<int:pk>/report/", simulation, name="simulation-report"),
    path("experiments/", experiments, name="experiments"),
    path("experiments/new/", new_experiment, name="experiment-new"),
    path("experiments/<slug:key>/", experiment, name="experiment"),
    path("experiments/<slug:key>/<str:step>/", experiment, name="experiment-step"),
    path("compliance/", rules, name="compliance"),
    path("compliance/attempts/", rules, name="attempts"),
    path("compliance/ask/", rules, name="ask"),
    path("compliance/unmasked/", rules, name="unmaskings"),
    path("compliance/unrecorded/", rules, name="unrecorded"),
    path("compliance/complaints/", rules, name="complaints"),
    path("compliance/complaints/new/", rules, name="complaint-new"),
    path("compliance/rights/", rules, name="rights"),
    path("compliance/rights/new/", rules, name="right-new"),
    path("compliance/treatments/", rules, name="confirmations"),
    path("compliance/agencies/", rules, name="scorecard"),
    path("compliance/do-not-contact/", rules, name="bars"),
    path("compliance/lists/", rules, name="lists"),
    path("compliance/mandates/", rules, name="mandates"),
    path("notes/", rules, name="notes"),
    path("alerts/", rules, name="alerts"),
    path("alerts/<slug:name>/again/", rules, name="alerts-again"),
    path("alerts/messages/<int:pk>/again/", rules, name="alert-again"),
    path("notices/", rules, name="notices"),
    path("reports/", rules, name="reports"),
    path("notices/choose/", rules, name="notices-choose"),
    path("notices/wecom/", rules, name="staff-messages"),
    path("notices/bell/", rules, name="notices-bell"),
    path("people/", rules, name="people"),
    path("rules/", rules, name="rules"),
    path("rules/<slug:pack>/<slug:rule_id>/", rule, name="rule"),
    path("evidence/", page("evidence"), name="evidence"),
    path("evidence/verify/", page("evidence"), name="evidence-verify"),
]
urlpatterns = [
    path("", include((workbench, "workbench"))),
    path("older", older),
    path("sign-in/", sign_in, name="login"),
    path("sign-out/", sign_in, name="logout"),
    path("account/", page("account"), name="mfa_index"),
    path("account/sessions/end/", page("account"), name="sessions_end"),
    path("account/sessions/<int:pk>/end/", page("account"), name="session_end"),
    path("sign-in/passkey/", sign_in, name="mfa_login_webauthn"),
    path("account/passkeys/add/", page("account"), name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>/remove/", page("account"), name="mfa_remove_webauthn"),
    path("account/tokens/", page("tokens"), name="tokens"),
    path("account/tokens/<int:pk>/rotate/", page("tokens"), name="token_rotate"),
    path("account/tokens/<int:pk>/revoke/", page("tokens"), name="token_revoke"),
    path("account/password/", page("account"), name="account_change_password"),
    path("account/app/", page("account"), name="mfa_activate_totp"),
    path("account/app/remove/", page("account"), name="mfa_deactivate_totp"),
    path("account/codes/new/", page("account"), name="mfa_generate_recovery_codes"),
    path("error/<int:status>/", error),
    path("i18n/", include("django.conf.urls.i18n")),
]
