"""Who belongs where, and who may do what, on the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from carrears.cli import app, console, fail, start_django
from carrears.cli.conduct import parse_day
from carrears.clock import now

if TYPE_CHECKING:
    from carrears.access.models import Organisation, User

access = typer.Typer(help="Organisations, their people, and roles. Every change is evidence.")
app.add_typer(access, name="access")

_Person = Annotated[str, typer.Argument(help="The user name.")]
_Place = Annotated[str, typer.Argument(help="The organisation's key.")]
_From = Annotated[str | None, typer.Option("--from", help="The first day; else today.")]
_Until = Annotated[str | None, typer.Option("--until", help="The last day; else for good.")]


@access.command()
def tree() -> None:
    """Show the organisations and who belongs to them today."""
    start_django()
    from carrears.access.organisations import Tree, access_day, memberships_on  # noqa: PLC0415

    members: dict[int, list[str]] = {}
    for one in memberships_on(access_day(now())).select_related("user"):
        name = one.user.get_username()
        members.setdefault(one.organisation_id, []).append(name if one.is_home else f"({name})")
    for depth, each in Tree.load().in_order():
        closed = " closed" if each.closed_at else ""
        people = ", ".join(sorted(members.get(each.pk, [])))
        typer.echo(f"{'  ' * depth}{each.key}  {each.name}  {each.kind}{closed}  {people}".rstrip())


@access.command("open")
def open_one(
    key: Annotated[str, typer.Argument(help="Its key: letters, digits and _ . -")],
    name: Annotated[str, typer.Option(help="What people call it.")],
    kind: Annotated[str, typer.Option(help="branch, team or agency.")],
    below: Annotated[
        str | None, typer.Option(help="The key of what it is part of; an agency stands alone.")
    ] = None,
) -> None:
    """Open a branch, a team or an agency."""
    start_django()
    from carrears.access.organisations import lender, open_organisation  # noqa: PLC0415

    lender()
    parent = _organisation(below) if below else None
    with _refusals():
        open_organisation(key, name=name, kind=kind, parent=parent, by=None, at=now())
    console.print(f"Opened {key}.")


@access.command("close")
def close_one(key: _Place) -> None:
    """Close an organisation in which nobody is; it stays for the record."""
    start_django()
    from carrears.access.organisations import close_organisation  # noqa: PLC0415

    with _refusals():
        close_organisation(_organisation(key), by=None, at=now())
    console.print(f"Closed {key}.")


@access.command()
def move(username: _Person, key: _Place, first: _From = None, last: _Until = None) -> None:
    """Make an organisation somebody's home; the one before ends the day before."""
    start_django()
    from carrears.access.people import move_home  # noqa: PLC0415  Django has to be up

    days = _days(first, last)
    with _refusals():
        move_home(
            _user(username), _organisation(key), from_on=days[0], until_on=days[1], by=None,
            at=now(),
        )  # fmt: skip
    console.print(f"{username} belongs to {key} from {days[0]}.")


@access.command()
def join(username: _Person, key: _Place, first: _From = None, last: _Until = None) -> None:
    """Let somebody belong to a further organisation on his side of the wall."""
    start_django()
    from carrears.access import people  # noqa: PLC0415  Django has to be up

    days = _days(first, last)
    with _refusals():
        people.join(
            _user(username), _organisation(key), from_on=days[0], until_on=days[1], by=None,
            at=now(),
        )  # fmt: skip
    console.print(f"{username} belongs to {key} too from {days[0]}.")


@access.command()
def leave(
    username: _Person,
    key: _Place,
    last: Annotated[str | None, typer.Option("--last", help="The last day; else today.")] = None,
) -> None:
    """End what somebody belongs to."""
    start_django()
    from carrears.access.organisations import access_day, memberships_on  # noqa: PLC0415
    from carrears.access.people import leave as end  # noqa: PLC0415  Django has to be up

    moment = now()
    last_on = parse_day(last, "--last") or access_day(moment)
    found = memberships_on(access_day(moment)).filter(
        user=_user(username), organisation=_organisation(key)
    )
    if not found:
        raise fail(f"{username} does not belong to {key}")
    with _refusals():
        for one in found:
            end(one, last_on=last_on, by=None, at=moment)
    console.print(f"{username} belongs to {key} until {last_on}.")


@access.command()
def roles(
    username: _Person,
    role: Annotated[
        list[str] | None, typer.Option("--role", help="A role to have; those not named are taken.")
    ] = None,
) -> None:
    """Show somebody's roles, or set them."""
    start_django()
    from carrears.access.people import set_roles  # noqa: PLC0415  Django has to be up

    user = _user(username)
    if role:
        with _refusals():
            set_roles(user, role, by=None, at=now())
    held = user.groups.order_by("name").values_list("name", flat=True)
    typer.echo(", ".join(held) or "no role")


@access.command()
def bind(
    username: _Person,
    subject: Annotated[str, typer.Argument(help="The subject (`sub`) at the company's provider.")],
) -> None:
    """Let an account be entered through the company's identity provider."""
    start_django()
    from carrears.signin.sso_people import bind as let_in  # noqa: PLC0415  Django has to be up

    with _refusals():
        let_in(_user(username), subject, by="")
    console.print(f"{username} signs in by single sign-on, too.")


@access.command()
def unbind(username: _Person) -> None:
    """End that an account may be entered through the company's identity provider."""
    start_django()
    from carrears.signin.sso_people import unbind as end_it  # noqa: PLC0415  Django has to be up

    done = end_it(_user(username), by="")
    console.print("It is ended." if done else "It was not bound.")


def _days(first: str | None, last: str | None) -> tuple[date, date | None]:
    from carrears.access.organisations import access_day  # noqa: PLC0415  Django has to be up

    return parse_day(first, "--from") or access_day(now()), parse_day(last, "--until")


def _organisation(key: str) -> Organisation:
    from carrears.access.models import Organisation  # noqa: PLC0415  Django has to be up

    found = Organisation.objects.filter(key=key).first()
    if found is None:
        raise fail(f"no organisation {key!r}")
    return found


def _user(username: str) -> User:
    from carrears.access.models import User  # noqa: PLC0415  Django has to be up

    found = User.objects.filter(username=username).first()
    if found is None:
        raise fail(f"no user {username!r}")
    return found


@contextmanager
def _refusals() -> Iterator[None]:
    from carrears.access.organisations import AccessError  # noqa: PLC0415  Django has to be up

    try:
        yield
    except AccessError as error:
        raise fail(str(error)) from error
