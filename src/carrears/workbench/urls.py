"""The addresses of the screens. A loan number may hold slashes, so that what follows it leads."""

from django.urls import path

from carrears.workbench.views import (
    analytics,
    case,
    casework,
    contact,
    dashboard,
    evidence,
    imports,
    mail,
    opt_out,
    queue,
    reveal,
    strategy,
)

app_name = "workbench"
_CASE = "case/<path:loan_no>/"
urlpatterns = [
    path("", dashboard.show_dashboard, name="dashboard"),
    path("key-figures/", dashboard.show_key_figures, name="key-figures"),
    path("analytics/", analytics.show_analytics, name="analytics"),
    path("analytics/file/", analytics.download_figure, name="analytics-file"),
    path("analytics/again/", analytics.work_out_again, name="analytics-again"),
    path("analytics/definitions/", analytics.show_definitions, name="analytics-definitions"),
    path("queue/", queue.show_queue, name="queue"),
    path("search/", queue.search, name="search"),
    path(f"{_CASE}contact/", contact.write_to, name="contact"),
    path(f"{_CASE}promise/", casework.make_promise, name="promise"),
    path(f"{_CASE}note/", casework.write_note, name="note"),
    path(f"{_CASE}hold/", casework.stop_collection, name="hold"),
    path(f"{_CASE}resume/", casework.resume_collection, name="resume"),
    path(f"{_CASE}timeline/", case.show_older, name="timeline"),
    path(f"{_CASE}reveal/<str:kind>/<str:ref>/", reveal.reveal, name="reveal"),
    path(_CASE, case.show_case, name="case"),
    path("mail/", mail.show_mail, name="mail"),
    path("mail/<int:pk>/", mail.show_message, name="mail-message"),
    path("imports/", imports.show_imports, name="imports"),
    path("imports/upload/", imports.upload, name="import-upload"),
    path("imports/<int:pk>/", imports.show_import, name="import"),
    path("imports/<int:pk>/rejects/", imports.download_rejects, name="import-rejects"),
    path("strategy/", strategy.show_strategy, name="strategy"),
    path("strategy/new/", strategy.new_draft, name="strategy-new"),
    path("strategy/version/<int:pk>/", strategy.show_version, name="strategy-version"),
    path("strategy/version/<int:pk>/file/", strategy.download, name="strategy-file"),
    path("strategy/version/<int:pk>/back/", strategy.put_back, name="strategy-back"),
    path("strategy/draft/<int:pk>/", strategy.show_draft, name="strategy-draft"),
    path("strategy/draft/<int:pk>/save/", strategy.save, name="strategy-save"),
    path("strategy/draft/<int:pk>/check/", strategy.check, name="strategy-check"),
    path("strategy/draft/<int:pk>/changes/", strategy.show_changes, name="strategy-changes"),
    path("strategy/draft/<int:pk>/try/", strategy.try_out, name="strategy-try"),
    path("strategy/draft/<int:pk>/<str:step>/", strategy.move_on, name="strategy-step"),
    path("evidence/", evidence.show_evidence, name="evidence"),
    path("stop/<str:token>/", opt_out.opt_out, name="opt-out"),
    path("evidence/verify/", evidence.verify_evidence, name="evidence-verify"),
]
