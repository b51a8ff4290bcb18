"""Finds the files that travel with the code: in an installed package, or in a checkout of the repository."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_REPOSITORY = _PACKAGE.parent.parent


def _find(name: str) -> Path:
    """The package's own folder if it has one (a wheel does), else the one at the repository's root."""
    for folder in (_PACKAGE / name, _REPOSITORY / name):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"zoturi is not installed completely: the folder {name!r} is missing.")


def templates_dir() -> Path:
    """Jinja templates, one folder an audience."""
    return _find("templates")


def locales_dir() -> Path:
    """Message catalogues: <language>/LC_MESSAGES/messages.po."""
    return _find("locales")


def static_dir() -> Path:
    """What browsers may fetch as it is; always in the package."""
    return _PACKAGE / "static"


def content_dir() -> Path:
    """Data files an operator may copy and change; always in the package."""
    return _PACKAGE / "content"
