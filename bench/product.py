"""The product under load: started as anyone would start it, used through its real doors only."""

import http.client
import os
import re
import subprocess
import sys
import time
import urllib.parse
import uuid
from html.parser import HTMLParser
from pathlib import Path

from bench.processes import ROOT, Process, clean_environment, free_port
from bench.servers import SOCKET_IO, WORKER_CAPACITY
from bench.sockets import Link, Loop, Refused

PASSWORD = "correct horse battery bench"
DEMO_WORKER = "aino@demo.example"


class Fields(HTMLParser):
    """The inputs of a page's forms: hidden ones keep their value, password ones get ours."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, kind = given.get("name"), given.get("type", "text")
        if tag == "input" and name and kind in ("hidden", "password"):
            self.values[name] = PASSWORD if kind == "password" else given.get("value") or ""


class Product:
    """`zoturi serve --demo` in a folder of its own, on a port of its own."""

    name = "zoturi"
    path = SOCKET_IO

    def __init__(
        self, *, core: int, folder: Path, port: int | None = None, name: str = "zoturi", module: str = "zoturi",
        **settings: str,
    ) -> None:  # fmt: skip
        """`module` is the program that serves: the product itself, or one of ours that leaves something out of it."""
        self.core, self.folder, self.port, self.name = core, folder, port or free_port(), name
        self._command = ["-m", module, "serve", "--demo"]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.env = {
            **clean_environment(),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
            "ZOTURI_DATA": str(folder / "data"),
            "ZOTURI_PORT": str(self.port),
            "ZOTURI_MESSAGES_PER_MINUTE": "0",
            "ZOTURI_DEMO_PASSWORD": PASSWORD,
            **settings,
        }
        self._workers: list[dict[str, str]] = []  # headers of each signed-in worker
        self._contacts: list[tuple[str, dict[str, str], int]] = []  # id, visitor's headers, number of the worker
        self.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> float:
        """Start the server and return the seconds until it says that it is ready."""
        begin = time.perf_counter()
        self._process = Process(self._command, self.core, log=self.folder / "serve.log", env=self.env, cwd=self.folder)
        while time.perf_counter() - begin < 60:
            self._process.check()
            try:
                if self.request("GET", "/health/ready")[0] == 200:
                    return time.perf_counter() - begin
            except OSError:
                pass  # not listening yet
            time.sleep(0.01)
        raise RuntimeError(f"not ready after 60 s: {self._process.tail()}")

    def end(self) -> None:
        self._process.end()

    def kill(self) -> None:
        """End it as a lost process ends: at once, in the middle of whatever it does."""
        self._process.kill()

    def request(
        self,
        method: str,
        path: str,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """One request as a browser of the same origin would send it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            body = urllib.parse.urlencode(form) if form is not None else None
            given = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin", "Accept": "text/html", **(headers or {})}
            if body is not None:
                given["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def visitor(self) -> dict[str, str]:
        """A new visitor session, as the headers of its socket."""
        status, headers, _ = self.request("GET", "/en/chat")
        if status != 200:
            raise Refused(f"GET /en/chat: {status}")
        return {"Cookie": cookies(headers), "Origin": self.origin}

    def worker(self, email: str) -> dict[str, str]:
        """A signed-in worker, as the headers of their socket."""
        status, headers, _ = self.request("POST", "/desk/login", {"email": email, "password": PASSWORD})
        if status != 303:
            raise Refused(f"sign-in of {email}: {status}")
        return {"Cookie": cookies(headers), "Origin": self.origin}

    def link(self, loop: Loop, namespace: str, headers: dict[str, str]) -> Link:
        return Link(loop, self.port, self.path, headers, namespace=namespace)

    def prepare(self, conversations: int) -> None:
        """As many claimed chats as asked for, with the workers they need. May be called again for more."""
        loop = Loop()
        try:
            self._hire(-(-conversations // WORKER_CAPACITY), loop)
            desks = [self.link(loop, "/desk", headers) for headers in self._workers]
            for desk in desks:
                ask(desk, "watch_desk", {})
                ask(desk, "set_duty", {"on": True, "capacity": WORKER_CAPACITY})
            while len(self._contacts) < conversations:
                headers = self.visitor()
                link = self.link(loop, "/visitor", headers)
                ask(link, "watch_mine", {})
                opened = ask(link, "open_contact", {"client_id": str(uuid.uuid4()), "language": "en"})
                contact = opened["contact"]["id"]
                owner = len(self._contacts) // WORKER_CAPACITY
                ask(desks[owner], "claim_contact", {"contact_id": contact})
                self._contacts.append((contact, headers, owner))
                link.close()
        finally:
            loop.close()

    def _hire(self, count: int, loop: Loop) -> None:
        """Sign in `count` workers: the demo's first, then new ones by the one-time link of `worker add`."""
        if not self._workers:
            self._workers.append(self.worker(DEMO_WORKER))
        desk = self.link(loop, "/desk", self._workers[0])
        team = ask(desk, "watch_desk", {})["me"]["team"]
        team = team["id"] if isinstance(team, dict) else team
        desk.close()
        while len(self._workers) < count:
            email = f"bench{len(self._workers)}@demo.example"
            said = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "zoturi",
                    "worker",
                    "add",
                    email,
                    "--name",
                    "Bench",
                    "--role",
                    "worker",
                    "--team",
                    team,
                ],
                env=self.env,
                cwd=self.folder,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            found = re.search(r"https?://[^/\s]+(/\S+)", said.stdout)
            if said.returncode or not found:
                raise Refused(f"worker add: {said.stdout} {said.stderr}")
            _, headers, page = self.request("GET", found[1])
            form = Fields(page.decode()).values
            status, _, _ = self.request("POST", found[1], form, {"Cookie": cookies(headers)})
            if status not in (200, 303):
                raise Refused(f"setting the password of {email}: {status}")
            self._workers.append(self.worker(email))

    def links(self, conversations: int) -> list[dict]:
        return self.links_of(range(conversations))

    def links_of(self, numbers: range) -> list[dict]:
        """The connections of some of the prepared conversations."""
        self.prepare(numbers.stop)
        some = [self._contacts[number] for number in numbers]
        visitors = [
            {
                "side": "v",
                "rooms": [contact],
                "namespace": "/visitor",
                "headers": headers,
                "hello": [["watch_mine", {}]],
            }
            for contact, headers, _ in some
        ]
        workers = [
            {
                "side": "w",
                "rooms": [contact for contact, _, owner in some if owner == number],
                "namespace": "/desk",
                "headers": headers,
                "hello": [["watch_desk", {}]],
            }
            for number, headers in enumerate(self._workers)
        ]
        return visitors + [worker for worker in workers if worker["rooms"]]

    def contact_ids(self, numbers: range) -> list[str]:
        return [self._contacts[number][0] for number in numbers]

    def idle_links(self, count: int) -> list[dict]:
        return [
            {"namespace": "/visitor", "headers": self.visitor(), "hello": [["watch_mine", {}]]} for _ in range(count)
        ]


def cookies(headers: http.client.HTTPMessage) -> str:
    return "; ".join(line.split(";", 1)[0] for line in headers.get_all("Set-Cookie", []))


def ask(link: Link, event: str, data: dict) -> dict:
    answer = link.call(event, data)
    if not answer.get("ok"):
        raise Refused(f"{event}: {answer}")
    return answer
