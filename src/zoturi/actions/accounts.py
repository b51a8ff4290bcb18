"""Accounts of staff: signing in and out, one-time links, sessions, and proving again who one is.

Argon2 never runs inside a deed; deeds only compare and store.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from zoturi import world
from zoturi.actions import devices, factors, passwords
from zoturi.actions.limits import Tries
from zoturi.actions.news import WorkerSessionsEnded
from zoturi.domain import sessions
from zoturi.domain.people import ROLES, Worker
from zoturi.domain.refusals import Refusal
from zoturi.site import Site
from zoturi.store import accounts as store
from zoturi.store import people
from zoturi.store.database import Database
from zoturi.store.tx import Row, Tx
from zoturi.store.vault import Vault


def token_hash(token: str) -> bytes:
    """Tokens of cookies and links are stored as SHA-256; they are random, so no slow hash is needed."""
    return hashlib.sha256(token.encode()).digest()


def new_visitor_token(keys: Vault) -> str:
    """A visitor's token with a mark that we made it, so that a visit alone stores nothing."""
    token = world.new_token()
    return f"{token}.{_mark(keys, token)}"


def visitor_token_hash(keys: Vault, marked: str) -> bytes | None:
    """The hash a visitor session is stored under, or None for a token that we never made."""
    token, _, mark = marked.partition(".")
    return token_hash(token) if hmac.compare_digest(mark, _mark(keys, token)) else None


def _mark(keys: Vault, token: str) -> str:
    return hmac.new(keys.derived("visitor token"), token.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session's token and this browser's marks, for its cookies; they are known to the browser alone."""

    token: str
    marks: str


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """The password was right; the second factor is missing. The ticket proves the first step for five minutes."""

    ticket: str


async def sign_in(
    db: Database, tries: Tries, *, email: str, password: str, code: str | None, ticket: str | None,
    second_factor: bool, marks: str | None = None,
) -> SignedIn | CodeWanted:  # fmt: skip
    """Sign a worker in; ``marks`` are those of a browser known from before. Refuses ``unauthorised`` alike, and after
    the same time, for an unknown address, a wrong password and a wrong code; ``too_fast`` for very many tries at once.
    """
    if ticket:
        worker, state = factors.open_ticket(db.vault, ticket)
        row = await db.read(people.worker_row, worker)
        if row is None or state != factors.state_of(row):
            raise Refusal("unauthorised")  # the password it was given for, or the factor, was changed since
        email = row["email"]
    else:
        row = await db.read(people.worker_by_email, email)
    device = None if row is None else devices.known(db.vault, marks, row["id"])
    async with tries.one(email.strip().lower(), device) as outcome:
        proven = row is not None and ticket != "" and ticket is not None
        if not ticket:
            proven = await passwords.matches(row["password_hash"] if row is not None else None, password)
        if proven and (row["disabled"] or (row["second_factor"] is None and second_factor)):
            proven = False  # a required factor was never set up: a new one-time link is the way
        factor = None
        if proven and row["second_factor"] is not None:
            if not code:
                return CodeWanted(factors.ticket(db.vault, row))
            factor = await _fitting(db, tries, row, code)
            proven = factor is not None
        token = world.new_token()
        if not proven or not await db.write(_begin, row, factor, token_hash(token)):
            outcome.failed = True
            if row is not None:
                await db.write(_refused, row["key"])
            raise Refusal("unauthorised")
        outcome.succeeded = True
        return SignedIn(token, devices.marked(db.vault, marks, row["id"]))


async def _fitting(db: Database, tries: Tries, row: Row, code: str) -> factors.Factor | None:
    """The second factor that a code is, after the delay that wrong codes before it cost."""
    async with tries.code(row["key"]) as outcome:
        factor = factors.fitting(db.vault, row, code)
        outcome.succeeded = factor is not None and factor.step is not None
        outcome.failed = factor is None
        return factor


def _refused(tx: Tx, worker: int) -> None:
    people.audit(tx, worker, "sign_in_refused")


def _begin(tx: Tx, known: Row, factor: factors.Factor | None, session_hash: bytes) -> bool:
    """Begin a session; each second factor works once, whichever process sees it first: False for the later one, and
    for an account that was changed while its try waited.
    """
    worker = known["key"]
    row = people.worker_row(tx, worker)
    changed = any(row[name] != known[name] for name in ("password_hash", "second_factor", "disabled"))
    if changed or not _spent(tx, worker, factor):
        return False
    people.sign_of(tx, worker)
    people.begin_session(tx, worker, session_hash)
    people.audit(tx, worker, "signed_in")
    return True


def _spent(tx: Tx, worker: int, factor: factors.Factor | None) -> bool:
    if not factors.spend(tx, worker, factor):
        return False
    if factor is not None and factor.recovery is not None:
        people.audit(tx, worker, "recovery_code_used", left=store.unused_recovery_codes(tx, worker))
    return True


async def prove(db: Database, tries: Tries, actor: Worker, proof: str, device: str | None = None) -> None:
    """Prove again who sits here: a code of the second factor or, without one, the password. Refuses
    ``unauthorised``; slips are counted together with those at signing in.
    """
    row = await db.read(people.worker_row, actor.key)
    async with tries.one(row["email"], device) as outcome:
        factor = None
        if row["second_factor"] is None:
            proven = await passwords.matches(row["password_hash"], proof)
        else:
            factor = await _fitting(db, tries, row, proof)
            proven = factor is not None
        if not proven or not await db.write(_proved, actor, factor):
            outcome.failed = True
            await db.write(_refused, actor.key)
            raise Refusal("unauthorised")
        outcome.succeeded = True


def _proved(tx: Tx, actor: Worker, factor: factors.Factor | None) -> bool:
    if not _spent(tx, actor.key, factor):
        return False
    store.proved(tx, actor.session)
    people.audit(tx, actor.key, "proved")
    return True


def is_fresh(tx: Tx, actor: Worker) -> bool:
    """Whether the holder of this session proved within five minutes who they are."""
    times = store.session_times(tx, actor.session)
    return times is not None and sessions.fresh(times["proven_at"], tx.now)


def must_be_fresh(tx: Tx, actor: Worker) -> None:
    """Refuses ``forbidden`` (``field``: ``proof``) where the last proof is older than five minutes."""
    if not is_fresh(tx, actor):
        raise Refusal("forbidden", field="proof")


def has_second_factor(tx: Tx, actor: Worker) -> bool:
    """Whether this worker proves themselves by a code; by the password otherwise."""
    return people.worker_row(tx, actor.key)["second_factor"] is not None


def session_of(tx: Tx, session_hash: bytes) -> Worker | None:
    """Who a session cookie belongs to, while the session lasts."""
    row = people.session(tx, session_hash)
    if row is None or sessions.staff_ended(row["began_at"], row["last_sign_at"], row["ended_at"], tx.now):
        return None
    return people.as_worker(row)


def sign_out(tx: Tx, actor: Worker) -> None:
    """End the session; its open sockets close."""
    people.end_session(tx, actor.session)
    people.audit(tx, actor.key, "signed_out")
    tx.tell(WorkerSessionsEnded((actor.session,), "signed_out"))


def add_worker(
    tx: Tx, site: Site, *, email: str, name: str, role: str, team: str, languages: list[str], by: int | None = None
) -> int:
    """Store a worker of a team that the site knows; refuses ``bad_field`` or, for a known address, ``conflict``."""
    if "@" not in email or len(email) > 254:
        raise Refusal("bad_field", field="email")
    if not name.strip():
        raise Refusal("bad_field", field="name")
    if role not in ROLES:
        raise Refusal("bad_field", field="role")
    if team not in {known.id for known in site.teams}:
        raise Refusal("bad_field", field="team")
    if people.worker_by_email(tx, email) is not None:
        raise Refusal("conflict", field="email")
    key = people.add_worker(tx, email=email, name=name.strip(), role=role, team=people.team_key(tx, team),
                            languages=languages)  # fmt: skip
    people.audit(tx, by, "worker_added", people.worker_row(tx, key)["id"], role=role, team=team)
    return key


def new_link(tx: Tx, email: str, link_hash: bytes, by: int | None = None) -> None:
    """A one-time link for an hour; older ones of the same worker stop working."""
    row = people.worker_by_email(tx, email)
    if row is None:
        raise Refusal("not_found", field="email")
    store.new_link(tx, row["key"], link_hash, tx.now + sessions.LINK_MS)
    people.audit(tx, by, "link_made", row["id"])


def link(tx: Tx, link_hash: bytes) -> Row | None:
    """The worker (key, id, name, email) a living link belongs to, or None."""
    return store.link(tx, link_hash)


def set_up(tx: Tx, link_hash: bytes, password_hash: str, secret: str | None, recovery: list[bytes]) -> None:
    """Spend a link: set the password, the second factor and its recovery codes, and end all older sessions."""
    row = store.link(tx, link_hash)
    if row is None or not store.use_link(tx, link_hash):
        raise Refusal("gone")
    factor = None if secret is None else factors.sealed(tx.vault, row["id"], secret)
    people.touch(tx, row["key"], password_hash=password_hash, second_factor=factor, second_factor_step=0)
    store.replace_recovery_codes(tx, row["key"], recovery if secret is not None else ())
    end_sessions(tx, row["key"])
    people.audit(tx, row["key"], "password_set")


def end_sessions(tx: Tx, worker: int, besides: int | None = None) -> int:
    """End all sessions of a worker, or all but one; their open sockets close. How many."""
    ended = store.end_sessions_of(tx, worker, besides)
    if ended:
        tx.tell(WorkerSessionsEnded(tuple(ended), "revoked"))
    return len(ended)


def end_one_session(tx: Tx, worker: int, session: int) -> None:
    """End one session of a worker; one that is over, or somebody else's, is ``not_found``."""
    if not store.end_session_of(tx, worker, session):
        raise Refusal("not_found")
    tx.tell(WorkerSessionsEnded((session,), "revoked"))


def living_sessions(tx: Tx, worker: int) -> list[Row]:
    """The sessions of a worker that still last."""
    return store.living_sessions(tx, worker, tx.now - sessions.STAFF_ABSOLUTE_MS, tx.now - sessions.STAFF_IDLE_MS)


def own_sessions(tx: Tx, actor: Worker) -> tuple[list[Row], int | None, str]:
    """One's own sessions, how many recovery codes are left (None without a second factor), and one's address."""
    codes = store.unused_recovery_codes(tx, actor.key) if has_second_factor(tx, actor) else None
    return living_sessions(tx, actor.key), codes, people.worker_row(tx, actor.key)["email"]


def end_own_session(tx: Tx, actor: Worker, session: int) -> None:
    """End one of one's own sessions."""
    end_one_session(tx, actor.key, session)
    people.audit(tx, actor.key, "session_ended")


def end_own_others(tx: Tx, actor: Worker) -> None:
    """End all of one's own sessions but this one."""
    people.audit(tx, actor.key, "sessions_ended", count=end_sessions(tx, actor.key, actor.session))


def renew_recovery_codes(tx: Tx, actor: Worker, hashes: list[bytes]) -> None:
    """New recovery codes in place of the old ones; asks for a fresh proof, and for a second factor (``conflict``)."""
    must_be_fresh(tx, actor)
    if not has_second_factor(tx, actor):
        raise Refusal("conflict")
    store.replace_recovery_codes(tx, actor.key, hashes)
    people.audit(tx, actor.key, "recovery_codes_renewed")


def time_left(tx: Tx, actor: Worker) -> dict[str, int]:
    """Milliseconds until this session idles out, and until it ends whatever happens."""
    times = store.session_times(tx, actor.session)
    return {
        "idle_ms": times["last_sign_at"] + sessions.STAFF_IDLE_MS - tx.now,
        "absolute_ms": times["began_at"] + sessions.STAFF_ABSOLUTE_MS - tx.now,
    }


def set_demo_password(tx: Tx, worker: int, password_hash: str) -> None:
    """The demo's sign-ins have no second factor, and one password that is printed at start."""
    people.set_password(tx, worker, password_hash)
