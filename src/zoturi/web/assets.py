"""Static files, kept in memory, compressed once, under one hash of the whole tree.

One hash for all lets ES modules import one another by relative paths and still be cached for ever.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

from aiohttp import web

_TYPES = {
    ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png",
    ".ico": "image/x-icon", ".txt": "text/plain", ".json": "application/json",
}  # fmt: skip
_REMARKS = re.compile(r"^[ \t]*(?://.*|/\*(?:(?!\*/)[\s\S])*\*/[ \t]*)$\n?", re.MULTILINE)
_INDENTS = re.compile(r"^[ \t]+", re.MULTILINE)
_FOREVER = "public, max-age=31536000, immutable"


def lean(source: bytes) -> bytes:
    """Our own source without its remarks and indentation: a quarter of what a phone would have to fetch.

    Remarks stand on lines of their own, and no text of ours goes over several lines; a test holds us to it.
    """
    return _INDENTS.sub("", _REMARKS.sub("", source.decode())).encode()


class Assets:
    """The static tree as it was at start."""

    def __init__(self, folder: Path) -> None:
        self._files: dict[str, tuple[str, bytes, bytes]] = {}
        whole = hashlib.sha256()
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in _TYPES:
                name = path.relative_to(folder).as_posix()
                ours = path.suffix in (".js", ".css") and not name.startswith("vendor/")
                self._add(name, path.suffix, lean(path.read_bytes()) if ours else path.read_bytes())
        for name, (_, content, _) in self._files.items():
            whole.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
        self.version = whole.hexdigest()[:16]

    def _add(self, name: str, suffix: str, content: bytes) -> None:
        self._files[name] = (_TYPES[suffix], content, gzip.compress(content, 9, mtime=0))

    def url(self, name: str) -> str:
        """The address of a file; an unknown name is a mistake in a template, so it raises."""
        if name not in self._files:
            raise KeyError(f"no static file {name!r}")
        return f"/static/{self.version}/{name}"

    def response(self, version: str, name: str, accept_encoding: str) -> web.Response:
        """A file, compressed where the browser takes that; 404 for unknown names and old versions."""
        found = self._files.get(name)
        if found is None or version != self.version:
            raise web.HTTPNotFound
        kind, plain, packed = found
        small = "gzip" in accept_encoding and len(packed) < len(plain)
        response = web.Response(body=packed if small else plain, content_type=kind)
        if kind.startswith("text/"):
            response.charset = "utf-8"
        if small:
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = _FOREVER
        return response
