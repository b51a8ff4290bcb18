"""Stopping: everybody is told, and the process ends in time."""

import asyncio

import pytest

from tests.people import VisitorPerson, WorkerPerson

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("fast_lane", [True, False])
@pytest.mark.parametrize("kind", ["sqlite"])
async def test_sigterm_tells_everybody_and_ends_within_fifteen_seconds(process):
    running = await process(ZOTURI_MESSAGES_PER_MINUTE="0").start()
    visitors = [VisitorPerson(running.origin) for _ in range(200)]
    await asyncio.gather(*(visitor.arrive() for visitor in visitors))
    worker = WorkerPerson(running.origin)
    await worker.sign_in("aino@demo.example", running.password)
    await worker.on_duty()
    contact = await visitors[0].open_contact(text="moi")
    # One that never reads again, one that hangs in a long poll, one in the middle of a handshake.
    visitors[1]._socket._conn.transport.pause_reading()
    idle = await asyncio.open_connection("127.0.0.1", running.port)
    running.terminate()
    await worker.heard("restarting")
    with pytest.raises(ConnectionRefusedError):  # who comes back now comes to another process
        await asyncio.open_connection("127.0.0.1", running.port)
    status = await running.ended(15)
    assert status == 0, running.said()
    for person in (*visitors[2:], worker):
        assert (await person.heard("restarting"))["retry_in_seconds"] >= 1
        await asyncio.wait_for(person.closed.wait(), 5)
    idle[1].close()
    visitors[1]._socket._conn.transport.abort()
    await running.start()
    await visitors[0].connect()
    assert await visitors[0].texts(contact["id"]) == ["moi"]
    for person in (*visitors, worker):
        await person.leave()
    assert '"error"' not in running.said()


async def test_a_second_server_on_one_folder_is_refused(process, kind):
    if kind == "postgresql":
        return  # several processes may share PostgreSQL
    first = await process().start()
    second = process()
    with pytest.raises(AssertionError, match="another server already runs"):
        await second.start()
    assert second._child.returncode == 1
    visitor = await VisitorPerson(first.origin).arrive()
    await visitor.open_contact()
    await visitor.leave()
