"""The bare stock python-socketio relay: every default of the library, one room a conversation. It stores nothing.

It sends to the other side only, which flatters it: the product also sends the author's own copy.
"""

import sys

import socketio
from aiohttp import web

sio = socketio.AsyncServer(async_mode="aiohttp")


@sio.event
async def join(sid: str, data: dict) -> dict:
    await sio.enter_room(sid, data["contact_id"])
    return {"ok": True}


@sio.event
async def send_message(sid: str, data: dict) -> dict:
    await sio.emit("entry", data, room=data["contact_id"], skip_sid=sid)
    return {"ok": True}


if __name__ == "__main__":
    app = web.Application()
    sio.attach(app)
    web.run_app(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        print=None,
        access_log=None,
        handle_signals=True,
        shutdown_timeout=1,
    )
