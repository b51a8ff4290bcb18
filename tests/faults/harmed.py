"""The product, run by a test that means it harm: `python harmed.py serve --demo`. Nothing of this is in the product.

ZOTURI_TEST_DIE_AFTER_COMMIT=N   the process is killed after the commit of the N-th message and before its answer
ZOTURI_TEST_CLOCK_AHEAD=N        the clock of the process is N seconds ahead
ZOTURI_TEST_PACE=N               periodic work comes round N times as often; work that one process does for all says so
SIGUSR1                          from now on every fsync and fdatasync of the process fails with EIO (Linux seccomp)
SIGUSR2                          somebody sets the clock of the process an hour back
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys
import time
from dataclasses import replace

import orjson

from zoturi import app, world
from zoturi.cli import main
from zoturi.store.database import Database

DIE_AFTER = int(os.environ.get("ZOTURI_TEST_DIE_AFTER_COMMIT", "0"))
PACE = int(os.environ.get("ZOTURI_TEST_PACE", "1"))
ahead = [int(os.environ.get("ZOTURI_TEST_CLOCK_AHEAD", "0"))]
# fsync, fdatasync, seccomp
NUMBERS = {"x86_64": (74, 75, 317), "aarch64": (82, 83, 277)}
EIO = 5
_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000


def die_between_commit_and_answer() -> None:
    """The engine has committed and is about to pass the answers on: here the power goes."""
    answered, committed = Database.answered, [0]

    def die(self, batch):
        committed[0] += sum(waiting.deed.__name__ == "send_message" and waiting.failed is None for waiting in batch)
        if committed[0] >= DIE_AFTER:
            os.kill(os.getpid(), signal.SIGKILL)
        answered(self, batch)

    Database.answered = die


def hurry() -> None:
    """Work that comes round each minute comes round each few seconds, and tells which process did it."""
    made = app.jobs

    def told(job):
        async def run():
            os.write(2, orjson.dumps({"event": "job", "job": job.name, "pid": os.getpid()}) + b"\n")  # as one piece
            await job.run()

        return run

    def jobs(*given):
        return [replace(job, every_seconds=max(0.5, job.every_seconds / PACE), run=told(job) if job.once else job.run)
                for job in made(*given)]  # fmt: skip

    app.jobs = jobs


def set_the_clock_back(*_: object) -> None:
    ahead[0] -= 3600


def fail_every_sync(*_: object) -> None:
    """What a dying disk does, by a filter on this process's system calls; only its end takes it off."""
    fsync, fdatasync, seccomp = NUMBERS[platform.machine()]
    steps = [(0x20, 0, 0, 0), (0x15, 2, 0, fsync), (0x15, 1, 0, fdatasync), (0x06, 0, 0, _ALLOW),
             (0x06, 0, 0, _ERROR | EIO)]  # fmt: skip
    filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(filters)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.syscall(seccomp, _SET_MODE_FILTER, _ALL_THREADS, program) != 0:
        print(f"no filter: errno {ctypes.get_errno()}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    world.use(world.World(now_ms=lambda: time.time_ns() // 1_000_000 + 1000 * ahead[0]))
    if DIE_AFTER:
        die_between_commit_and_answer()
    if PACE > 1:
        hurry()
    signal.signal(signal.SIGUSR1, fail_every_sync)
    signal.signal(signal.SIGUSR2, set_the_clock_back)
    sys.exit(main())
