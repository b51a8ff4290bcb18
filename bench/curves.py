"""What a message and a whole chat cost the server when many wait, and when many workers watch."""

import shutil
import uuid
from pathlib import Path

from bench.measures import Effort, job_for, note_doubts
from bench.processes import cores, cpu_seconds, drive, on_load_core
from bench.product import WORKER_CAPACITY, Product, ask
from bench.results import Report, interleaved, middle
from bench.shelf import Shelf
from bench.sockets import Loop

WAITING, WORKERS = (10, 100, 1000), (5, 25, 100)
CHATS, WARM_UP = 60, 15
SAME = 1.15  # what still counts as "does not grow": the noise of such runs is some per cent


def curves(report: Report, folder: Path, effort: Effort) -> None:
    """Three queues with five workers each; in the shortest queue also more workers."""
    places = {count: folder / f"waiting-{count}" for count in WAITING}
    products: dict[int, Product] = {}
    hired: dict[int, list[dict[str, str]]] = {}
    try:
        for count, place in places.items():
            place.mkdir()
            product = products[count] = Product(core=cores()[0], folder=place)
            product.prepare(WORKER_CAPACITY)
            product.end()
            shelf = Shelf(product)
            shelf.wait(count)
            hired[count] = shelf.hire(WORKERS[-1] if count == WAITING[0] else WORKERS[0])
            shelf.put_back()
        for product in products.values():
            product.start()
        scenes = {f"{count} waiting": (count, WORKERS[0]) for count in WAITING}
        scenes |= {f"{count} workers": (WAITING[0], count) for count in WORKERS[1:]}

        def talk(name: str) -> dict:
            waiting, workers = scenes[name]
            product = products[waiting]
            watching = [
                {"side": "w", "rooms": [], "namespace": "/desk", "headers": headers, "hello": [["watch_desk", {}]]}
                for headers in hired[waiting][:workers]
            ]
            links = [*product.links_of(range(WORKER_CAPACITY)), *watching]
            return drive(job_for(product, links, "saturate", effort.seconds), limit=90)

        def whole(name: str) -> dict:
            waiting, workers = scenes[name]
            return chats(products[waiting], hired[waiting][:workers])

        messages = interleaved(list(scenes), effort.rounds, talk)
        talks = interleaved(list(scenes), effort.rounds, whole)
    finally:
        for product in products.values():
            product.end()
        for place in places.values():
            shutil.rmtree(place, ignore_errors=True)
    report.raw["curves"] = {"messages": messages, "chats": talks}
    note_doubts(report, "curves", messages)

    def curve(what: str, names: dict[int, str]) -> None:
        points = [point(count, messages[name], talks[name]) for count, name in names.items()]
        report.raw[f"curve of {what}"] = points
        few, many = points[0], points[-1]
        sizes = f"{many['size']:,} {what} over {few['size']}".replace(",", " ")
        report.add("curves", f"{sizes}: processor time of a message", many["message_us"] / few["message_us"], "×",
                   at_most=SAME, cpu=many["message_us"])  # fmt: skip
        report.add("curves", "… of a chat opened, claimed and closed", many["chat_ms"] / few["chat_ms"], "×",
                   cpu=1000 * many["chat_ms"])  # fmt: skip

    curve("waiting", {count: f"{count} waiting" for count in WAITING})
    curve("workers", {WORKERS[0]: f"{WAITING[0]} waiting"} | {count: f"{count} workers" for count in WORKERS[1:]})


def point(size: int, messages: list[dict], talks: list[dict]) -> dict:
    """One point of a curve: medians of the rounds."""
    return {"size": size, "message_us": middle(messages, "cpu_ms_per_1000"), "chat_ms": middle(talks, "cpu_ms")}


@on_load_core()
def chats(product: Product, workers: list[dict[str, str]]) -> dict:
    """The server's processor time for one chat – opened, claimed, closed – while all these workers' desks watch.

    One after another, each by a visitor of its own: nothing is shared with the next one, no commit either.
    """
    loop = Loop()
    try:
        desks = [product.link(loop, "/desk", headers) for headers in workers]
        for desk in desks:
            ask(desk, "watch_desk", {})
        ask(desks[0], "set_duty", {"on": True, "capacity": WORKER_CAPACITY})
        visitors = [product.link(loop, "/visitor", product.visitor()) for _ in range(WARM_UP + CHATS)]
        for number, visitor in enumerate(visitors):
            if number == WARM_UP:
                before = cpu_seconds(product.pid)
            opened = ask(visitor, "open_contact", {"client_id": str(uuid.uuid4()), "language": "en"})
            which = {"contact_id": opened["contact"]["id"]}
            ask(desks[0], "claim_contact", which)
            ask(desks[0], "close_contact", which | {"outcome": "advice"})
        return {"cpu_ms": 1000 * (cpu_seconds(product.pid) - before) / CHATS}
    finally:
        loop.close()
