from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """The room ``parties``."""

    name = "carrears.parties"
    label = "parties"

    def ready(self) -> None:
        from carrears.parties.words import commit_words, words_of  # noqa: PLC0415  models load after apps
        from carrears.signin.words import kept_by  # noqa: PLC0415  see above

        kept_by(commit_words, words_of)
