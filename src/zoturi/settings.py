"""Settings from the environment (prefix ``ZOTURI_``) and a ``.env`` file; unknown names and bad values are refused."""

from __future__ import annotations

import os
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dotenv import dotenv_values
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "ZOTURI_"


class SettingsError(Exception):
    """One clear line for whoever starts the server."""


class Settings(BaseSettings):
    """Everything an operator sets outside the site's files. Names are those of the README without the prefix."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    data: Path = Path("./var")
    keys: Path | None = None
    database_url: str | None = None
    redis_url: str | None = None
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: str | None = None
    trusted_proxies: str = ""
    metrics_from: str = ""
    timezone: str = "Europe/Helsinki"
    require_second_factor: bool = True
    demo_password: str | None = Field(None, min_length=8)
    demo_pin: str | None = None
    smtp_url: str | None = None
    messages_per_minute: int = Field(60, ge=0, le=100_000)
    backup_days: int = Field(35, ge=1, le=365)
    fast_lane: bool = True
    log_level: str = "INFO"
    test_pseudo: bool = False

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as problem:
            raise ValueError("is not a known time zone, such as Europe/Helsinki") from problem
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @field_validator("trusted_proxies", "metrics_from")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for part in value.replace(",", " ").split():
            ip_network(part, strict=False)
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith("postgresql+psycopg://"):
            raise ValueError("must start with postgresql+psycopg:// (without it, SQLite in the data folder is used)")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_bus(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _known_mail_server(cls, value: str | None) -> str | None:
        if value is not None:
            parts = urlsplit(value)
            if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.port == 0:
                raise ValueError("must look like smtp://user:password@host:587 or smtps://…")
        return value

    @field_validator("public_url")
    @classmethod
    def _exact_origins(cls, value: str | None) -> str | None:
        for origin in (value or "").replace(",", " ").split():
            parts = urlsplit(origin)
            on_loopback = parts.hostname in ("127.0.0.1", "localhost", "::1")
            if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
                raise ValueError(f"{origin} is not an origin, such as https://apua.example")
            if parts.scheme != "https" and not (parts.scheme == "http" and on_loopback):
                raise ValueError(f"{origin} must use https (http only on loopback)")
        if len({urlsplit(origin).scheme for origin in (value or "").replace(",", " ").split()}) > 1:
            raise ValueError("must not mix https and http: then no cookie could be for https alone")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        if self.redis_url and not self.database_url:
            raise ValueError("ZOTURI_REDIS_URL needs ZOTURI_DATABASE_URL: several processes need PostgreSQL")
        return self

    @property
    def keys_folder(self) -> Path:
        return self.keys or self.data / "keys"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def origins(self) -> tuple[str, ...]:
        """The exact origins that browsers use; the first one stands in links."""
        if self.public_url:
            return tuple(origin.rstrip("/") for origin in self.public_url.replace(",", " ").split())
        return (f"http://127.0.0.1:{self.port}", f"http://localhost:{self.port}")

    @cached_property
    def secure_cookies(self) -> bool:
        """Whether browsers come over https, so that cookies can be ``__Host-`` and ``Secure``."""
        return all(origin.startswith("https://") for origin in self.origins)

    def networks(self, name: str) -> tuple:
        """The addresses of ``trusted_proxies`` or ``metrics_from`` as networks."""
        return tuple(ip_network(part, strict=False) for part in getattr(self, name).replace(",", " ").split())


def load(**given: object) -> Settings:
    """Settings from the environment; ``given`` (from the command line) wins. Raises :class:`SettingsError`."""
    _refuse_unknown()
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as problem:
        first = problem.errors()[0]
        reason = first["msg"].removeprefix("Value error, ")
        name = f"{PREFIX}{first['loc'][0]}: ".upper() if first["loc"] else ""
        raise SettingsError(f"{name}{reason}") from None


def _refuse_unknown() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    names = {*os.environ, *dotenv_values(".env")}
    for name in sorted(names):
        if name.startswith(PREFIX) and name not in known and not name.startswith(PREFIX + "TEST_"):
            raise SettingsError(f"{name} is not a setting of zoturi; see the README for the names")
