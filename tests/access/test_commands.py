"""``carrears access``: a house is built and people are moved in it, as an operator does it."""

from __future__ import annotations

from pathlib import Path

from homes import Home


def test_a_house_is_built_and_people_move_in_it(peopled_home: Home, tmp_path: Path) -> None:
    home = peopled_home.copy_to(tmp_path / "home")

    home.run("access", "open", "WEST", "--name", "西区", "--kind", "branch", "--below", "LENDER")
    home.run("access", "move", "collector", "WEST")
    home.run("access", "join", "lead", "WEST", "--until", "2099-01-01")
    tree = home.run("access", "tree")

    [west] = [line for line in tree.splitlines() if "WEST" in line]
    assert "(lead), collector" in west
    assert home.run("access", "roles", "agency").strip() == "agency_user"
    home.run("access", "roles", "collector", "--role", "team_lead", "--role", "collector")
    assert home.run("access", "roles", "collector").strip() == "collector, team_lead"
    assert "still belongs" in home.run("access", "close", "WEST", expect=1)
    home.run("access", "leave", "lead", "WEST")
    assert "other side" in home.run("access", "join", "lead", "HENGXIN", expect=1)
    assert "no user 'nobody'" in home.run("access", "move", "nobody", "WEST", expect=1)
