"""``zoturi doctor``: looks at everything that can be wrong before somebody is let down by it."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import orjson

from zoturi import site_files, world
from zoturi.actions import audits, routing, site_settings
from zoturi.gateways.mail import MailFailed, Smtp
from zoturi.settings import Settings
from zoturi.site import Site
from zoturi.site_files import SiteError
from zoturi.store import examine as store
from zoturi.store.audits import MARK_FILE
from zoturi.store.opening import DATABASE_FILE

_EARLIEST = 1_767_225_600_000  # 2026-01-01 UTC: a clock before this program was written is wrong


@dataclass(frozen=True, slots=True)
class Finding:
    sound: bool
    what: str


def is_demo(settings: Settings) -> bool:
    """Whether the data folder was made by ``serve --demo``."""
    return store.setting(settings, "kind") == "demo"


def examine(settings: Settings, load_site: Callable[[], Site]) -> list[Finding]:
    """All findings, one line each; the process writes nothing."""
    findings = [_clock(), _folder(settings), *_keys(settings), *_database(settings), *_site(settings, load_site)]
    if not is_demo(settings):
        findings += _backups(settings)
    findings += _purge(settings)
    findings += _audit(settings)
    findings.append(_mail(settings))
    findings += _redis(settings)
    if not settings.secure_cookies and not is_demo(settings):
        findings.append(Finding(True, "PUBLIC_URL is on loopback: fine for a try, not for people"))
    return findings


def _clock() -> Finding:
    now = world.now()
    text = datetime.fromtimestamp(now / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return Finding(now > _EARLIEST, f"clock: {text}")


def _folder(settings: Settings) -> Finding:
    folder = settings.data
    if not folder.is_dir():
        return Finding(False, f"data folder: {folder} does not exist yet; run zoturi serve")
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        return Finding(False, f"data folder: {folder} can be read by others; chmod 700")
    return Finding(os.access(folder, os.W_OK), f"data folder: {folder}, readable by its owner only")


def _keys(settings: Settings) -> list[Finding]:
    path = settings.keys_folder / "master.key"
    if not path.exists():
        return [Finding(False, f"keys: {path} does not exist yet")]
    findings = []
    for file in sorted(settings.keys_folder.glob("*.key")):
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            findings.append(Finding(False, f"keys: {file} can be read by others; chmod 600"))
    problem = store.keys_problem(settings)
    findings.append(Finding(problem is None, problem or "keys: they fit the database"))
    return findings


def _database(settings: Settings) -> list[Finding]:
    problem = store.database_problem(settings)
    where = settings.data / DATABASE_FILE if settings.database_url is None else "PostgreSQL"
    return [Finding(problem is None, f"database: {problem or f'{where} answers and is at the newest version'}")]


def _site(settings: Settings, load_site: Callable[[], Site]) -> list[Finding]:
    if is_demo(settings):
        return [Finding(True, "site: the demo's fictional municipality")]
    if not (settings.data / "site").exists():
        return [Finding(False, "site: none yet; run zoturi site new")]
    try:
        files = load_site()
        lacking = site_files.missing(store.look(settings, lambda tx: site_settings.as_used(tx, files)) or files)
    except SiteError as problem:
        return [Finding(False, f"site: {problem}")]
    lacking += store.look(settings, lambda tx: routing.strangers(tx, files)) or []
    return [Finding(False, f"site: {what}") for what in lacking] or [Finding(True, "site: complete")]


def _backups(settings: Settings) -> list[Finding]:
    """The last copy is at most a day old, and no file of keys outlives ``BACKUP_DAYS``."""
    made = store.setting(settings, "last_backup_at")
    if made is None:
        return [Finding(False, "backup: none was made yet; run zoturi backup every day")]
    hours = (world.now() - int(made)) // 3_600_000
    findings = [Finding(hours <= 24, f"backup: the last one is {hours} hours old")]
    for name, at in orjson.loads(store.setting(settings, "keys_files") or "{}").items():
        if Path(name).exists() and world.now() - at > settings.backup_days * 24 * 3_600_000:
            findings.append(Finding(False, f"backup: the keys in {name} are over {settings.backup_days} days old; "
                                           "destroy them"))  # fmt: skip
    return findings


def _purge(settings: Settings) -> list[Finding]:
    seen = store.setting(settings, "clock_seen_at")
    if seen is None:
        return []
    hours = abs(world.now() - int(seen)) // 3_600_000
    return [Finding(hours <= 24, f"retention: last looked {hours} hours ago"
                                 + ("" if hours <= 24 else "; if the clock is right, run zoturi purge"))]  # fmt: skip


_AUDIT_PROBLEMS = {
    "anchor_changed": "what the last purge left behind was changed",
    "line_added": "there is a line that was never sealed there",
    "line_missing": "a line is missing",
    "line_changed": "a line was changed, or lines stand in another order",
    "seal_missing": "a seal is missing",
    "cut": "its newest lines are gone",
    "mark_changed": f"{MARK_FILE} in the key folder was changed",
    "mark_missing": f"{MARK_FILE} in the key folder is missing; right after a restore, zoturi serve makes it anew",
    "not_sealed": "its newest lines are not sealed; is zoturi serve running?",
}


def _audit(settings: Settings) -> list[Finding]:
    """The chain over the audit holds."""
    verdict = store.look(settings, audits.verify)
    if verdict is None:
        return []
    if verdict.problem is None:
        return [Finding(True, f"audit: {verdict.lines} lines under {verdict.seals} seals, unchanged")]
    where = f" (at line {verdict.line})" if verdict.line else ""
    return [Finding(verdict.problem == "not_sealed", f"audit: {_AUDIT_PROBLEMS[verdict.problem]}{where}")]


def _mail(settings: Settings) -> Finding:
    if settings.smtp_url is None:
        return Finding(True, f"mail: no SMTP_URL; mails would be files in {settings.data / 'outbox'}")
    try:
        asyncio.run(Smtp(settings.smtp_url, settings.origins[0]).answers())
    except MailFailed as problem:
        return Finding(False, f"mail: the server of SMTP_URL did not let us in ({type(problem.__cause__).__name__})")
    return Finding(True, "mail: the server of SMTP_URL answers")


def _redis(settings: Settings) -> list[Finding]:
    if settings.redis_url is None:
        return []
    # Only where there is one: its library takes a third of a second to load, at every start of every command.
    problem = import_module("zoturi.gateways.redis_server").problem_of(settings.redis_url)
    if problem is None:
        return [Finding(True, "redis: the server of REDIS_URL answers")]
    late = "until it does, news of other processes come seconds late"
    return [Finding(False, f"redis: the server of REDIS_URL does not answer ({problem}); {late}")]
