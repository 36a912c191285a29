"""API tokens on the command line: issue, list, rotate, revoke."""

from __future__ import annotations

import getpass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from carrears.cli import app, console, fail, start_django

if TYPE_CHECKING:
    from carrears.access.models import ApiToken, User


@app.command()
def token(
    username: Annotated[str, typer.Argument(help="Whom the token acts for.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do, such as cases:read; again for more.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long it is good; 0 for good.")] = 90,
) -> None:
    """Issue an API token; it is printed once."""
    start_django()
    from carrears.signin.tokens import ALL, TokenError, issue  # noqa: PLC0415  Django has to be up

    try:
        issued = issue(
            _user(username),
            name=name,
            scopes=scope or [ALL],
            valid_for=timedelta(days=days) if days else None,
            by=_operator(),
            by_house=True,
        )
    except TokenError as error:
        raise fail(str(error)) from error
    typer.echo(issued.secret)


@app.command("tokens")
def show_tokens(
    username: Annotated[
        str | None, typer.Argument(help="Whose tokens; everybody's when empty.")
    ] = None,
) -> None:
    """List API tokens: number, user, name, scopes, until when, last used."""
    start_django()
    from carrears.access.models import ApiToken  # noqa: PLC0415  Django has to be up

    found = ApiToken.objects.select_related("user").order_by("pk")
    for one in found.filter(user=_user(username)) if username else found:
        until = f"until {one.expires_at:%Y-%m-%d}" if one.expires_at else "for good"
        state = f"revoked {one.revoked_at:%Y-%m-%d}" if one.revoked_at else until
        used = f"used {one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never used"
        scopes = ",".join(one.scopes)
        typer.echo(f"{one.pk}  {one.user.username}  {one.name}  {scopes}  {state}  {used}")


@app.command("token-rotate")
def rotate_token(
    number: Annotated[int, typer.Argument(help="The token's number, as `tokens` shows it.")],
) -> None:
    """Give a token a new secret, which is printed once; the old one ends at once."""
    start_django()
    from carrears.signin.tokens import TokenError, rotate  # noqa: PLC0415  Django has to be up

    try:
        typer.echo(rotate(_token(number), by=_operator()).secret)
    except TokenError as error:
        raise fail(str(error)) from error


@app.command("token-revoke")
def revoke_token(
    number: Annotated[int, typer.Argument(help="The token's number, as `tokens` shows it.")],
) -> None:
    """End a token at once."""
    start_django()
    from carrears.signin.tokens import revoke  # noqa: PLC0415  Django has to be up

    done = revoke(_token(number), by=_operator())
    console.print("It is revoked." if done else "It was revoked before.")


def _operator() -> str:
    """Who works at this machine: no user of ours, as the evidence shows."""
    return f"shell:{getpass.getuser()}"


def _user(username: str) -> User:
    from carrears.access.models import User  # noqa: PLC0415  Django has to be up

    user = User.objects.filter(username=username).first()
    if user is None:
        raise fail(f"no user {username!r}")
    return user


def _token(number: int) -> ApiToken:
    from carrears.access.models import ApiToken  # noqa: PLC0415  Django has to be up

    found = ApiToken.objects.select_related("user").filter(pk=number).first()
    if found is None:
        raise fail(f"no token {number}")
    return found
