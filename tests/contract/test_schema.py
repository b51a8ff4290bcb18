"""The tables that migrations make are the tables the code knows, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from zoturi.store import migrating
from zoturi.store.opening import DATABASE_FILE, MIGRATIONS, head
from zoturi.store.tables import metadata


def url_of(place) -> str:
    folder, database_url = place
    return database_url or f"sqlite:///{folder / DATABASE_FILE}"


def test_migrations_make_exactly_the_schema_of_the_code(place):
    engine = create_engine(url_of(place))
    with engine.connect() as connection:
        # SQLite hands an empty default back in other quotes than it was given.
        opts = {"compare_type": True, "compare_server_default": connection.dialect.name == "postgresql"}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == head()
        assert {*inspect(connection).get_table_names()} == {*metadata.tables, "alembic_version"}
        for name, table in metadata.tables.items():
            wanted = {index.name for index in table.indexes if index.name}
            assert wanted <= {index["name"] for index in inspect(connection).get_indexes(name)}, name
    engine.dispose()


def test_migrating_again_changes_nothing(place):
    url = url_of(place)
    migrating.upgrade(url, head())
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM worker")).scalar() == 5
    engine.dispose()


def test_every_migration_bears_its_number():
    numbers = sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("*.py"))
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]
    assert numbers[-1] == head()


def test_only_what_may_stand_in_the_clear_does():
    """A new column of a contact or an entry has to be looked at: may a thief of the database read it?"""
    clear = {
        "contact": {
            "key",
            "id",
            "version",
            "channel",
            "state",
            "language",
            "team",
            "visitor",
            "client_id",
            "owner",
            "companions",
            "opened_at",
            "due_at",
            "late_at",
            "alarmed_at",
            "claimed_at",
            "closed_at",
            "returned",
            "visitor_left",
            "flagged",
            "erased",
            "visitor_state",
            "rank",
            "last_seq",
            "public_seq",
            "week",
            "offered_to",
            "offered_by",
            "offered_until",
            "came_from",
            "written",
            "rest_until",
            "opened_by",
            "meant_for",
            "answered_at",
            "next_at",
        },
        "entry": {"contact", "seq", "at", "kind", "role", "author", "client_id"},
        "feedback": {"contact", "at"},
        "handover": {
            "key", "id", "version", "contact", "service", "state", "way", "receiver", "offered_at", "consented_at",
            "due_at", "remind_at", "opened_at", "link", "package_hash", "consent_hash",
        },
        "outbox": {
            "key", "kind", "reference", "number", "made_at", "next_at", "attempts", "holder", "until", "done_at", "sent",
        },
    }  # fmt: skip
    sealed = {"contact": {"wrapped_key", "details"}, "entry": {"body"}, "feedback": {"body"},
              "handover": {"body"}, "outbox": set()}  # fmt: skip
    for table, columns in clear.items():
        assert {column.name for column in metadata.tables[table].columns} - columns - sealed[table] == set(), table
