"""The registry of commands and the one wrapper around them: parse, permit, limit, run, and always acknowledge."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from zoturi import logs
from zoturi.actions.house import House
from zoturi.domain.access import check_declared, may
from zoturi.domain.people import Visitor
from zoturi.domain.refusals import Refusal
from zoturi.realtime.hub import Connection, Hub
from zoturi.realtime.places import Places
from zoturi.store.database import Waiting
from zoturi.wire import Command, parse

TIME_LIMIT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Doorway:
    """What a command gets besides its fields."""

    house: House
    hub: Hub
    places: Places
    connection: Connection


Handler = Callable[[Doorway, Command], Awaitable[dict]]


@dataclass(frozen=True, slots=True)
class Spec:
    """A declared command: its fields, who may send it, and whether it counts as a message against the limit.

    A hot command names the deed it is: it needs no handler of its own, so nothing has to be awaited.
    """

    name: str
    model: type[Command]
    permission: str
    handler: Handler | None
    counts: bool
    deed: Callable | None = None
    more: tuple = ()


class Registry:
    """The commands of one namespace."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.specs: dict[str, Spec] = {}
        self.hot: dict[bytes, Spec] = {}

    def command(self, model: type[Command], permission: str, *, counts: bool = False):
        """Declare a command under the function's own name; an unknown permission stops the start."""

        def declare(handler: Handler) -> Handler:
            check_declared(f"{self.namespace} {handler.__name__}", permission)
            self.specs[handler.__name__] = Spec(handler.__name__, model, permission, handler, counts)
            return handler

        return declare

    def deed(
        self, name: str, model: type[Command], permission: str, deed: Callable, *more: object, counts: bool = False
    ) -> None:
        """Declare a hot command that is exactly one deed, ``deed(tx, actor, fields, *more)``."""
        check_declared(f"{self.namespace} {name}", permission)
        self.specs[name] = self.hot[name.encode()] = Spec(name, model, permission, None, counts, deed, more)


class Dispatcher:
    """Runs commands and turns every outcome into an acknowledgement."""

    def __init__(self, house: House, hub: Hub, places: Places) -> None:
        self._house = house
        self._hub = hub
        self._places = places

    async def run(self, registry: Registry, name: str, sid: str, args: tuple) -> dict:
        """The acknowledgement of one command; never raises."""
        try:
            answer = await self._run(registry, name, sid, args)
        except Refusal as refusal:
            return refusal.answer()
        except TimeoutError:
            logs.event("command_timeout", command=name)
            return Refusal("busy").answer()
        except Exception as problem:  # noqa: BLE001 - every command is acknowledged
            logs.failure("command_failed", problem, command=name)
            return Refusal("internal").answer()
        else:
            return {"ok": True, **answer}
        finally:
            self._let_go(sid)

    def _let_go(self, sid: str) -> None:
        """Let held events follow the acknowledgement, which the library queues without giving up its turn."""
        connection = self._hub.connections.get(sid)
        if connection is not None and connection.held is not None:
            asyncio.get_running_loop().call_soon(connection.let_go)

    async def _run(self, registry: Registry, name: str, sid: str, args: tuple) -> dict:
        connection = self._hub.connections.get(sid)
        if connection is None:
            raise Refusal("unauthorised")
        spec = registry.specs.get(name)
        command = self._admit(spec, connection, args)
        async with asyncio.timeout(TIME_LIMIT_SECONDS):
            if spec.deed is not None:
                return await self._house.db.write(spec.deed, connection.actor, command, *spec.more)
            return await spec.handler(Doorway(self._house, self._hub, self._places, connection), command)

    def _admit(self, spec: Spec | None, connection: Connection, args: Sequence) -> Command:
        """Everything that is asked of a command before it may run."""
        if isinstance(connection.actor, Visitor):
            limits = self._house.limits
            try:
                (limits.messages if spec is not None and spec.counts else limits.others).take(connection.actor.key)
            except Refusal:
                connection.refuse()
                raise
        if spec is None:
            raise Refusal("unknown_command")
        if not may(connection.actor, spec.permission):
            raise Refusal("forbidden")
        if len(args) > 1 or (args and not isinstance(args[0], dict)):
            raise Refusal("bad_field")
        return parse(spec.model, args[0] if args else {})

    def begin(self, spec: Spec, connection: Connection, args: Sequence, answer: Callable[[dict], None]) -> None:
        """Begin a hot command and answer it by callback."""

        def done(waiting: Waiting) -> None:
            failed = waiting.failed
            answer({"ok": True, **waiting.value} if failed is None else failed.answer())

        try:
            command = self._admit(spec, connection, args)
            self._house.db.submit(spec.deed, (connection.actor, command, *spec.more), done)
        except Refusal as refusal:
            answer(refusal.answer())
        except Exception as problem:  # noqa: BLE001 - every command is acknowledged
            logs.failure("command_failed", problem, command=spec.name)
            answer(Refusal("internal").answer())
