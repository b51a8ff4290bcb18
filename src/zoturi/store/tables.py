"""The tables. Integer keys inside, opaque ids outside; times are integer milliseconds UTC.

In the clear stand only ids, state, channel, team, language, owner, times, flags, version and last seq; what could point
at a person is sealed with the contact's own key (``store/vault.py``).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)  # fmt: skip

metadata = MetaData()

# SQLite counts rows by itself only for a column typed exactly INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")


def _key() -> Column:
    return Column("key", Key, primary_key=True, autoincrement=True)


setting = Table(
    "setting", metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)  # fmt: skip

team = Table(
    "team", metadata,
    _key(),
    Column("id", Text, nullable=False, unique=True),
)  # fmt: skip

worker = Table(
    "worker", metadata,
    _key(),
    Column("id", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("team", ForeignKey("team.key"), nullable=False, index=True),
    Column("languages", Text, nullable=False),  # codes, separated by spaces
    Column("on_duty", Integer, nullable=False, server_default="0"),
    Column("capacity", Integer, nullable=False, server_default="3"),
    Column("paused", Integer, nullable=False, server_default="0"),  # takes nothing new; nobody is told why
    Column("last_sign_at", BigInteger, nullable=False, server_default="0"),
    Column("password_hash", Text),
    Column("second_factor", LargeBinary),  # sealed
    Column("second_factor_step", BigInteger, nullable=False, server_default="0"),
    Column("disabled", Integer, nullable=False, server_default="0"),  # signs in no more; what they did stays theirs
    Column("absent_until", BigInteger),  # away until then: the deputy answers for the named worker
)  # fmt: skip

worker_session = Table(
    "worker_session", metadata,
    _key(),
    Column("worker", ForeignKey("worker.key"), nullable=False, index=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("began_at", BigInteger, nullable=False),
    Column("last_sign_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("proven_at", BigInteger, nullable=False, server_default="0"),  # last time its holder proved who they are
)  # fmt: skip

sign_in_link = Table(
    "sign_in_link", metadata,
    _key(),
    Column("worker", ForeignKey("worker.key"), nullable=False, index=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)  # fmt: skip

recovery_code = Table(
    "recovery_code", metadata,
    Column("code_hash", LargeBinary, primary_key=True),  # HMAC under a key outside the database
    Column("worker", ForeignKey("worker.key"), nullable=False, index=True),
    Column("used_at", BigInteger),
)  # fmt: skip

visitor = Table(
    "visitor", metadata,
    _key(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("began_at", BigInteger, nullable=False),
    Column("last_sign_at", BigInteger, nullable=False, index=True),
    Column("ended_at", BigInteger),
    Column("by_forms", Integer, nullable=False, server_default="0"),  # no socket: signs of life come slower
    Column("shared_device", Integer, nullable=False, server_default="0"),  # others use it too: ends after ten minutes
)  # fmt: skip

contact = Table(
    "contact", metadata,
    _key(),
    Column("id", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("team", ForeignKey("team.key"), nullable=False),
    Column("visitor", ForeignKey("visitor.key", ondelete="SET NULL"), index=True),
    Column("client_id", Text),
    Column("owner", ForeignKey("worker.key")),
    Column("companions", Text, nullable=False, server_default=""),  # keys of workers, separated by spaces
    Column("offered_to", ForeignKey("worker.key")),  # a transfer only this worker sees until it is taken
    Column("offered_by", ForeignKey("worker.key")),
    Column("offered_until", BigInteger),  # untaken by then, it returns to the team it came from
    Column("came_from", ForeignKey("team.key")),
    Column("written", Integer, nullable=False, server_default="0"),  # waits for a written answer, no live chat
    Column("rest_until", BigInteger),  # ended for abuse: until then its visitor's session opens nothing
    Column("opened_by", ForeignKey("worker.key")),  # wrote a call or a walk-in down
    Column("meant_for", ForeignKey("worker.key")),  # the named worker it was routed to
    Column("answered_at", BigInteger),  # the first answer that reached the person
    Column("next_at", BigInteger),  # when its owner takes the next step
    Column("opened_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("late_at", BigInteger),
    Column("alarmed_at", BigInteger),  # when a mail last told staff that its promise has passed
    Column("claimed_at", BigInteger),
    Column("closed_at", BigInteger, index=True),
    Column("returned", Integer, nullable=False, server_default="0"),
    Column("visitor_left", Integer, nullable=False, server_default="0"),
    Column("flagged", Integer, nullable=False, server_default="0"),
    Column("erased", Integer, nullable=False, server_default="0"),
    Column("visitor_state", Text, nullable=False, server_default="here"),
    Column("rank", Text, nullable=False),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("public_seq", Integer, nullable=False, server_default="0"),
    Column("week", Text),  # which week key wraps the contact's key
    Column("wrapped_key", LargeBinary),  # null once erased
    Column("details", LargeBinary),  # sealed
    UniqueConstraint("visitor", "client_id"),
    UniqueConstraint("opened_by", "client_id"),
    Index("contact_waiting", "team", "rank", sqlite_where=text("state = 'waiting'"),
          postgresql_where=text("state = 'waiting'")),
    Index("contact_living", "state", sqlite_where=text("state IN ('waiting', 'claimed')"),
          postgresql_where=text("state IN ('waiting', 'claimed')")),
    Index("contact_late", "late_at", sqlite_where=text("state = 'waiting' AND late_at IS NOT NULL"),
          postgresql_where=text("state = 'waiting' AND late_at IS NOT NULL")),
    Index("contact_offered", "offered_until", sqlite_where=text("offered_until IS NOT NULL"),
          postgresql_where=text("offered_until IS NOT NULL")),
    Index("contact_owned", "owner", sqlite_where=text("state = 'claimed'"),
          postgresql_where=text("state = 'claimed'")),
)  # fmt: skip

entry = Table(
    "entry", metadata,
    Column("contact", ForeignKey("contact.key", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("author", Integer),
    Column("client_id", Text),
    Column("body", LargeBinary),  # sealed text and data; null where there is none, or no longer
    Index("entry_client_id", "contact", "client_id", unique=True,
          sqlite_where=text("client_id IS NOT NULL"), postgresql_where=text("client_id IS NOT NULL")),
)  # fmt: skip

feedback = Table(
    "feedback", metadata,
    Column("contact", ForeignKey("contact.key", ondelete="CASCADE"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),  # sealed with the contact's key
)  # fmt: skip

return_code = Table(
    "return_code",
    metadata,
    Column("contact", ForeignKey("contact.key", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", LargeBinary, nullable=False, unique=True),  # HMAC under a key outside the database
    Column("made_at", BigInteger, nullable=False),
)

phrase = Table(
    "phrase", metadata,
    Column("worker", ForeignKey("worker.key"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("texts", Text, nullable=False),  # JSON, a text a language; a worker's own ready words, about nobody
    Column("at", BigInteger, nullable=False),
)  # fmt: skip

service = Table(
    "service", metadata,
    Column("id", Text, primary_key=True),
    Column("content", Text, nullable=False),  # JSON, texts by language; it is about nobody
    Column("active", Integer, nullable=False, server_default="1"),  # 0: shown to nobody any more
    Column("pin_hash", LargeBinary),  # HMAC under a key outside the database
    Column("changed_at", BigInteger, nullable=False),
)  # fmt: skip

handover = Table(
    "handover", metadata,
    _key(),
    Column("id", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("contact", ForeignKey("contact.key", ondelete="CASCADE"), nullable=False, index=True),
    Column("service", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("way", Text, nullable=False),  # mail or desk
    Column("receiver", ForeignKey("team.key")),  # the team at whose desk it arrives
    Column("offered_at", BigInteger, nullable=False),
    Column("consented_at", BigInteger),
    Column("due_at", BigInteger),
    Column("remind_at", BigInteger),  # null once the service was reminded
    Column("opened_at", BigInteger),
    Column("link", Integer, nullable=False, server_default="0"),  # how many links were made
    Column("package_hash", LargeBinary, nullable=False),
    Column("consent_hash", LargeBinary),  # the hash the person agreed to
    Column("body", LargeBinary),  # sealed with the contact's key
    # Nothing leaves, and nothing is answered, but what somebody agreed to.
    CheckConstraint(
        "state IN ('offered', 'withdrawn') OR (consented_at IS NOT NULL AND consent_hash IS NOT NULL"
        " AND consent_hash = package_hash)",
        name="handover_consented",
    ),
    Index("handover_open", "due_at", sqlite_where=text("state IN ('queued', 'delivered', 'opened')"),
          postgresql_where=text("state IN ('queued', 'delivered', 'opened')")),
)  # fmt: skip

handover_link = Table(
    "handover_link", metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("handover", ForeignKey("handover.key", ondelete="CASCADE"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),  # wrong PINs
    Column("spent_at", BigInteger),
    Column("cookie_hash", LargeBinary),  # whoever spent the link holds this cookie
    UniqueConstraint("handover", "number"),
)  # fmt: skip

outbox = Table(
    "outbox", metadata,
    _key(),
    Column("kind", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("number", Integer, nullable=False, server_default="1"),
    Column("made_at", BigInteger, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("holder", Text),  # who is sending it now, and until when they have it to themselves
    Column("until", BigInteger),
    Column("done_at", BigInteger),
    Column("sent", Integer, nullable=False, server_default="0"),  # 0 with done_at: there was nothing to send any more
    UniqueConstraint("kind", "reference", "number"),  # asked for twice, it is one letter
    Index("outbox_waiting", "next_at", sqlite_where=text("done_at IS NULL"),
          postgresql_where=text("done_at IS NULL")),
)  # fmt: skip

audit = Table(
    "audit", metadata,
    _key(),
    Column("at", BigInteger, nullable=False, index=True),
    Column("worker", Integer),
    Column("deed", Text, nullable=False),
    Column("object", Text),
    Column("facts", Text),  # codes and ids only, and the reason a supervisor gave
)  # fmt: skip

audit_seal = Table(
    "audit_seal", metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("first", BigInteger, nullable=False),  # the lines it covers, by key, ends included
    Column("last", BigInteger, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("mac", LargeBinary, nullable=False),  # over the seal before it and every line
)  # fmt: skip

lease = Table(
    "lease", metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
)  # fmt: skip

counter = Table(
    "counter", metadata,
    Column("week", Text, primary_key=True),  # 2026-W47
    Column("event", Text, primary_key=True),
    Column("age_group", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("number", Integer, nullable=False),
)  # fmt: skip
