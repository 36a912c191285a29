"""A backup is put back elsewhere, proves itself, and brings nobody back who was erased."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from homes import Home
from small_tape import AS_OF
from witness.running import make_witness, run_witness

_ERASE = """
import sys
from carrears.cli import start_django
start_django()
from carrears.clock import now
from carrears.conduct.erasure import erase_again
from carrears.evidence.services import sequence
from carrears.parties.models import Party
assert erase_again(Party.objects.get(party_no=sys.argv[1]), at=now())
sequence()
"""
_LOOK = """
import json
from carrears.cli import start_django
start_django(migrate=False)
from pathlib import Path
from carrears.parties.models import Party
from carrears.parties.queries import open_parties
from carrears.portfolio.models import Snapshot
people = Party.objects.exclude(party_no="house").order_by("party_no")
opened = open_parties(party.pk for party in people)
print(json.dumps({
    "names": {party.party_no: opened[party.pk].name for party in people},
    "folders": [one.folder for one in Snapshot.objects.all()],
    "there": [Path(one.folder, "loans.parquet").is_file() for one in Snapshot.objects.all()],
}))
"""


def _python(home: Home, script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=home.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_backup_is_put_back_and_proves_itself(imported_home: Home, tmp_path: Path) -> None:
    home = imported_home.copy_to(tmp_path / "home")
    key, data, keys, erased = (str(tmp_path / name) for name in ("id", "data", "keys", "erased"))
    with run_witness(make_witness(tmp_path / "w", "witness.example/one")) as witness:
        witness.folder.watch(home.run("evidence", "key").strip())
        policy = f"witness w {witness.vkeys[0]} {witness.url}\nquorum w\n"
        (home.folder / "witnesses.policy").write_text(policy)
        before = json.loads(_python(home, _LOOK))
        public = home.run("backup-key", key).strip()
        made = home.run_json("backup", data, "--to", public)
        home.run("backup", keys, "--to", public, "--keys")
        home.run("backup-check", data, "--identity", key)
        for file in (data, keys):
            assert "赵试".encode() not in Path(file).read_bytes()
        home.run_json("evidence", "witnesses")

        # Put back while nothing has happened since: the witness cosigns it.
        fresh = Home(tmp_path / "fresh")
        refused = fresh.run("restore", data, "--identity", key, "--no-erasures", expect=1)
        assert "put the keys back first" in refused
        fresh.run("restore", keys, "--identity", key, "--keys")
        refused = fresh.run("restore", data, "--identity", key, expect=1)
        assert "--erasures" in refused
        ring = fresh.folder / "keys" / "vault.key"
        ours = ring.read_text()
        ring.write_text(
            base64.b64encode(os.urandom(32)).decode() + "\n"
        )  # by which nobody is opened or found
        refused = fresh.run("restore", data, "--identity", key, "--no-erasures", expect=1)
        assert "the keyring here lacks" in refused
        assert "index key" in refused
        ring.write_text(ours)
        done = fresh.run_json("restore", data, "--identity", key, "--no-erasures")
        assert done["log_ok"]
        assert done["log_size"] == made["log_size"]
        assert done["witnesses"] == {"w": ""}
        after = json.loads(_python(fresh, _LOOK))
        assert after["names"] == before["names"]
        assert all(after["there"])
        assert all(one.startswith(str(fresh.folder)) for one in after["folders"])
        refused = fresh.run("restore", data, "--identity", key, "--no-erasures", expect=1)
        assert "--replace" in refused

        # What happened since is missing, which the witness says; nobody comes back.
        _python(home, _ERASE, "P-A-03")
        home.run("backup-erasures", erased)
        home.run("day", "--as-of", AS_OF.isoformat())
        home.run_json("evidence", "witnesses")
        other = Home(tmp_path / "other")
        other.run("restore", keys, "--identity", key, "--keys")
        for into, told in ((other, ("--erasures", erased)), (home, ("--replace",))):
            out = into.run("restore", data, "--identity", key, *told, "--json", expect=2)
            old = json.loads(out[out.index("{") : out.rindex("}") + 1])
            assert old["rolled_back"]
            assert old["log_ok"]
            assert old["erased_again"] == 1
            names = json.loads(_python(into, _LOOK))["names"]
            assert names == before["names"] | {"P-A-03": ""}
