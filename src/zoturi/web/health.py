"""For those who run the service: is it alive, is it ready, and figures without content."""

from __future__ import annotations

from ipaddress import ip_address

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from zoturi.actions import upkeep
from zoturi.domain.refusals import Refusal
from zoturi.store import counts
from zoturi.web.keys import BUS_DEAF, HOUSE, SOCKET_COUNT

_FORWARDED = ("forwarded", "via", "x-forwarded-", "x-real-ip", "true-client-ip", "cf-connecting-ip")


async def live(request: web.Request) -> web.Response:
    """The process answers."""
    return web.Response(text="ok\n")


async def ready(request: web.Request) -> web.Response:
    """The database takes writes."""
    house = request.app[HOUSE]
    try:
        await house.db.write(counts.probe)
    except Refusal:
        return web.Response(text="storage_unavailable\n", status=503)
    if house.db.failing:
        return web.Response(text="storage_unavailable\n", status=503)
    return web.Response(text="ok\n")


async def metrics(request: web.Request) -> web.Response:
    """Prometheus figures: for a direct peer on loopback or in ``METRICS_FROM``, never through a proxy."""
    if not _may_measure(request):
        raise web.HTTPNotFound
    house = request.app[HOUSE]
    registry = CollectorRegistry()
    backlog = await house.db.read(upkeep.backlog, house.site)
    for name, help_text, value in (
        ("zoturi_sockets", "Open sockets", request.app[SOCKET_COUNT]()),
        ("zoturi_bus_deaf", "1 while news of other processes come late", int(request.app[BUS_DEAF]())),
        ("zoturi_purge_backlog", "Contacts kept a day past their time", backlog),
        ("zoturi_storage_failing", "1 while commits fail", int(house.db.failing)),
    ):
        Gauge(name, help_text, registry=registry).set(value)
    waiting = Gauge("zoturi_contacts", "Living contacts by state", ["state", "channel"], registry=registry)
    for row in await house.db.read(counts.living):
        waiting.labels(row["state"], row["channel"]).set(row["n"])
    on_duty = Gauge("zoturi_workers_on_duty", "Workers on duty", registry=registry)
    on_duty.set(await house.db.read(counts.on_duty))
    return web.Response(body=generate_latest(registry), content_type="text/plain")


def _may_measure(request: web.Request) -> bool:
    if any(name.lower().startswith(_FORWARDED) for name in request.headers) or request.transport is None:
        return False
    peer = request.transport.get_extra_info("peername")
    if not peer:
        return False
    address = ip_address(peer[0].partition("%")[0])
    return address.is_loopback or any(address in net for net in request.app[HOUSE].settings.networks("metrics_from"))
