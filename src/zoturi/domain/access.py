"""Who may do what: one table. A route or command that names no permission of this table stops the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zoturi.domain.people import Actor, Visitor, Worker


def _anyone(actor: Actor) -> bool:
    return True


def _visitor(actor: Actor) -> bool:
    return isinstance(actor, Visitor)


def _staff(actor: Actor) -> bool:
    return isinstance(actor, Worker)


def _manages(actor: Actor) -> bool:
    return isinstance(actor, Worker) and actor.role in ("supervisor", "admin")


def _supervises(actor: Actor) -> bool:
    return isinstance(actor, Worker) and actor.role == "supervisor"


def _administers(actor: Actor) -> bool:
    return isinstance(actor, Worker) and actor.role == "admin"


def _on_the_queue(actor: Actor) -> bool:
    return isinstance(actor, Worker) and actor.role in ("worker", "supervisor")


PERMISSIONS: Mapping[str, Callable[[Actor], bool]] = {
    "public.read": _anyone,  # pages that say the same to everybody
    "public.chat": _anyone,  # begins a visitor session where there is none
    "public.help": _anyone,  # the same, by pressing the help button
    "staff.sign_in": _anyone,
    "operations.health": _anyone,
    "operations.metrics": _anyone,  # narrowed by address in web/health.py
    "handover.receive": _anyone,  # narrowed by link, PIN and cookie in actions/receiving.py
    "own.contact": _visitor,  # the visitor's own contacts; each deed compares the session
    "staff.session": _staff,
    "staff.quiet": _staff,  # what a page asks by itself: no sign that somebody is there
    "queue.work": _on_the_queue,  # the team's queue and one's own contacts; administrators have no contents
    "manage.see": _manages,
    "manage.accounts": _administers,
    "manage.site": _administers,
    "manage.audit": _administers,
    "manage.queue": _supervises,
    "manage.queue.quiet": _supervises,
    "manage.hours": _manages,
    "manage.figures": _manages,
}


def check_declared(name: str, permission: str | None) -> None:
    """Stops the start when a route or command declares no known permission."""
    if permission not in PERMISSIONS:
        raise RuntimeError(f"{name} declares no known permission: {permission!r}")


def may(actor: Actor, permission: str) -> bool:
    """Whether this kind of person may use this door at all; whose contact it is, the deed decides."""
    return PERMISSIONS[permission](actor)


def may_read_contact(
    worker: Worker, *, owner: int | None, companions: tuple[int, ...], team: int, closed_at: int | None, now: int,
    readable_ms: int, reason: str | None,
) -> str:  # fmt: skip
    """``own`` for owners and companions (until ``readable_ms`` after closing), ``supervised`` for a supervisor of
    the same team who gives a reason, ``needs_reason`` for one who does not, ``no`` for everybody else.
    """
    if worker.role not in ("worker", "supervisor"):
        return "no"
    theirs = worker.key == owner or worker.key in companions
    if theirs and (closed_at is None or now - closed_at <= readable_ms):
        return "own"
    if worker.role == "supervisor" and worker.team == team:
        return "supervised" if reason else "needs_reason"
    return "no"
