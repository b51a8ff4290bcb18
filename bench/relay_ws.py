"""A bare aiohttp WebSocket relay with acknowledgements: what the transport alone can do. It stores nothing.

It sends to the other side only, which flatters it: the product also sends the author's own copy.
"""

import json
import sys

from aiohttp import WSMsgType, web


async def relay(request: web.Request) -> web.WebSocketResponse:
    rooms: dict[str, set[web.WebSocketResponse]] = request.app[ROOMS]
    mine: set[str] = set()
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            break
        data = json.loads(message.data)
        number, room = data.pop("id"), data["contact_id"]
        if data.pop("do") == "join":
            rooms.setdefault(room, set()).add(socket)
            mine.add(room)
        else:
            text = json.dumps(data)
            for peer in rooms[room]:
                if peer is not socket:
                    await peer.send_str(text)
        await socket.send_str(f'{{"ack":{number},"ok":true}}')
    for room in mine:
        rooms[room].discard(socket)
    return socket


ROOMS: web.AppKey[dict] = web.AppKey("rooms", dict)

if __name__ == "__main__":
    app = web.Application()
    app[ROOMS] = {}
    app.router.add_get("/relay", relay)
    web.run_app(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        print=None,
        access_log=None,
        handle_signals=True,
        shutdown_timeout=1,
    )
