"""Logs that cannot tell on anybody: an event's name and allow-listed fields, one JSON object a line on stderr."""

from __future__ import annotations

import logging
import sys

import orjson

from zoturi import world

# Never a text, a nickname, an address, a cookie, a user agent, an id of a contact or a name of a person.
ALLOWED = frozenset({
    "code", "command", "count", "deed", "error", "file", "job", "milliseconds", "port", "reason", "route", "setting",
    "state", "status", "version", "where",
})  # fmt: skip

_logger = logging.getLogger("zoturi")


def event(name: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log one event. A field that is not on the list is a mistake in the code, so it raises."""
    unknown = fields.keys() - ALLOWED
    if unknown:
        raise ValueError(f"log fields not on the list: {sorted(unknown)}")
    if _logger.isEnabledFor(level):
        _logger.log(level, name, extra={"fields": fields})


def failure(name: str, problem: BaseException, **fields: object) -> None:
    """Log an unexpected error by its type and the place in our code, never by its message (it may quote content)."""
    place = "unknown"
    trace = problem.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "zoturi" in code.co_filename:
            place = f"{code.co_filename.rpartition('zoturi/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    event(name, level=logging.ERROR, error=type(problem).__name__, where=place, **fields)


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {"at": world.now(), "level": record.levelname.lower()}
        if record.name == "zoturi":
            line["event"] = record.getMessage()
            line.update(getattr(record, "fields", {}))
        else:
            # Libraries quote what they were given; their name, level and place is all we pass on.
            line.update(event="library", where=f"{record.name}:{record.lineno}")
            if record.exc_info and record.exc_info[0] is not None:
                line["error"] = record.exc_info[0].__name__
        return orjson.dumps(line, default=str).decode()


def begin(level: str) -> None:
    """Send all logging of the process through the formatter above."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _logger.setLevel(level)
    for chatty in ("aiohttp.access", "socketio", "engineio", "alembic"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
