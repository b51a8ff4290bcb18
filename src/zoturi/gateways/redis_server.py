"""The Redis, or Valkey, over which processes hear of each other, as somebody looks at it who only wants to know."""

from __future__ import annotations

from redis import Redis
from redis.exceptions import RedisError

PATIENCE_SECONDS = 5


def problem_of(url: str) -> str | None:
    """Why it does not answer at this address; None where it does."""
    client = Redis.from_url(url, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS)
    try:
        client.ping()
    except (RedisError, OSError) as problem:
        return type(problem).__name__
    finally:
        client.close()
    return None
