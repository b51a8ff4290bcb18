"""What handlers find on the application."""

from __future__ import annotations

from aiohttp import web

from zoturi.actions.house import House
from zoturi.web.assets import Assets
from zoturi.web.blocks import Blocks

HOUSE = web.AppKey("house", House)
ASSETS = web.AppKey("assets", Assets)
LISTENING = web.AppKey("listening", object)
"""``with listening(visitor_key) as news``: a future that is done once something is told to this visitor."""
PLACE_OF = web.AppKey("place_of", object)
"""``await place_of(contact)``: the place of a waiting contact, as the event ``place`` tells it."""
ROOM_FOR_SOCKET = web.AppKey("room_for_socket", object)
"""``room(staff=…)``: whether one more handshake may begin."""
SOCKET_COUNT = web.AppKey("socket_count", object)
BUS_DEAF = web.AppKey("bus_deaf", object)
"""``deaf()``: whether news of other processes come late, because Redis is away."""
WORKER = web.RequestKey("worker", object)
"""Who of the staff asks; None for everybody else."""
BLOCKS = web.AppKey("blocks", Blocks)
