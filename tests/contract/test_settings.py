"""Settings: an unknown name or a bad value is refused at start with one clear line."""

import pytest

from zoturi.settings import SettingsError, load


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """A folder without a .env file."""
    monkeypatch.chdir(tmp_path)


def refused(monkeypatch, **environment) -> str:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load()
    for name in environment:
        monkeypatch.delenv(name)
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("TIMEZONE", "Europe/Varkaus"),
        ("TIMEZONE", "../etc/passwd"),
        ("LOG_LEVEL", "chatty"),
        ("MESSAGES_PER_MINUTE", "-1"),
        ("MESSAGES_PER_MINUTE", "many"),
        ("BACKUP_DAYS", "0"),
        ("REQUIRE_SECOND_FACTOR", "perhaps"),
        ("FAST_LANE", "2x"),
        ("DATABASE_URL", "sqlite:///x.db"),
        ("DATABASE_URL", "postgresql://x"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("METRICS_FROM", "everybody"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("PUBLIC_URL", "apua.example"),
        ("PUBLIC_URL", "http://apua.example"),
        ("PUBLIC_URL", "https://apua.example/fi"),
        ("PUBLIC_URL", "https://apua.example, http://other.example"),
        ("PUBLIC_URL", "ftp://apua.example"),
        ("DEMO_PASSWORD", "short"),
        ("SMTP_URL", "mail.example:587"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mail.example:many"),
    ],
)
def test_a_bad_value_is_named(monkeypatch, name, value):
    assert refused(monkeypatch, **{f"ZOTURI_{name}": value}).startswith(f"ZOTURI_{name}: ")


def test_an_unknown_name_is_refused_wherever_it_stands(monkeypatch, tmp_path):
    assert "ZOTURI_PROT" in refused(monkeypatch, ZOTURI_PROT="8080")
    (tmp_path / ".env").write_text("ZOTURI_POTR=8080\n")
    assert "ZOTURI_POTR" in refused(monkeypatch)


def test_names_for_tests_and_of_others_are_nobodys_business(monkeypatch, tmp_path):
    monkeypatch.setenv("ZOTURI_TEST_ANYTHING", "x")
    monkeypatch.setenv("OTHER_PORT", "x")
    (tmp_path / ".env").write_text("ZOTURI_PORT=8099\nSOMETHING=else\n")
    assert load().port == 8099


def test_redis_without_postgresql_is_refused(monkeypatch):
    assert "PostgreSQL" in refused(monkeypatch, ZOTURI_REDIS_URL="redis://127.0.0.1")


def test_a_secret_in_a_bad_value_is_not_repeated(monkeypatch):
    assert "geheim" not in refused(monkeypatch, ZOTURI_DATABASE_URL="mysql://user:geheim@host/db")
    assert "geheim" not in refused(monkeypatch, ZOTURI_DEMO_PASSWORD="geheim")


def test_the_defaults_are_those_of_the_contract(monkeypatch, tmp_path):
    settings = load()
    assert (str(settings.data), settings.host, settings.port) == ("var", "127.0.0.1", 8080)
    assert (settings.timezone, settings.require_second_factor, settings.fast_lane) == ("Europe/Helsinki", True, True)
    assert (settings.messages_per_minute, settings.backup_days) == (60, 35)
    assert settings.keys_folder == settings.data / "keys"
    assert settings.origins == ("http://127.0.0.1:8080", "http://localhost:8080")
    assert not settings.secure_cookies
    assert load(port=9000).origins[0] == "http://127.0.0.1:9000"


def test_several_public_addresses(monkeypatch):
    monkeypatch.setenv("ZOTURI_PUBLIC_URL", "https://apua.example/, https://hjalp.example")
    assert load().origins == ("https://apua.example", "https://hjalp.example")
    assert load().secure_cookies
