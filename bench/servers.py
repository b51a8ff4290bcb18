"""The three servers of a run behind one face: where to connect, with which links, and which process to watch."""

from pathlib import Path
from typing import Protocol

from bench.processes import Process, free_port

SOCKET_IO = "/socket.io/?EIO=4&transport=websocket"


class Server(Protocol):
    """What a measure needs to know of a server."""

    name: str
    port: int
    path: str

    @property
    def pid(self) -> int: ...

    def links(self, conversations: int) -> list[dict]:
        """Every connection of a run: one a visitor, and workers with several conversations each."""
        ...

    def idle_links(self, count: int) -> list[dict]:
        """Connections that join and then say nothing."""
        ...

    def end(self) -> None: ...


class Relay:
    """A bare relay: `bench.relay_socketio` or `bench.relay_ws`. Its conversations are rooms with made-up names."""

    def __init__(self, name: str, module: str, namespace: str | None, path: str, *, core: int, folder: Path) -> None:
        self.name, self.path, self._namespace = name, path, namespace
        self.port = free_port()
        self._process = Process(["-m", module, str(self.port)], core, log=folder / f"{module}.log")
        self._process.wait_port(self.port)

    @classmethod
    def socketio(cls, core: int, folder: Path) -> "Relay":
        return cls("stock relay", "bench.relay_socketio", "/", SOCKET_IO, core=core, folder=folder)

    @classmethod
    def websocket(cls, core: int, folder: Path) -> "Relay":
        return cls("ws relay", "bench.relay_ws", None, "/relay", core=core, folder=folder)

    @property
    def pid(self) -> int:
        return self._process.pid

    def links(self, conversations: int) -> list[dict]:
        rooms = [f"conversation-{number:08d}" for number in range(conversations)]
        workers = -(-conversations // WORKER_CAPACITY)
        shared = [rooms[number::workers] for number in range(workers)]
        return [self._link("v", [room]) for room in rooms] + [self._link("w", some) for some in shared]

    def idle_links(self, count: int) -> list[dict]:
        return [self._link("v", [f"idle-{number}"]) for number in range(count)]

    def _link(self, side: str, rooms: list[str]) -> dict:
        return {
            "side": side,
            "rooms": rooms,
            "namespace": self._namespace,
            "hello": [["join", {"contact_id": room}] for room in rooms],
        }

    def end(self) -> None:
        self._process.end()


WORKER_CAPACITY = 9  # live chats at once, the most that `set_duty` allows
