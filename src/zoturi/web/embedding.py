"""What other sites and posters lead to us with: the script of the button, and an address in no language."""

from __future__ import annotations

from aiohttp import ETag, web

from zoturi import i18n
from zoturi.web.keys import ASSETS
from zoturi.web.render import PAGES

# Its address stands on pages that nobody changes for years, so it can carry no hash. An hour spares visitors the
# request on every page of their municipality, and still brings a mended script, or our absence, the same day.
_KEPT = "public, max-age=3600"


async def script(request: web.Request) -> web.Response:
    """The help button for other sites; any page may load it, and it is the same for everybody."""
    assets = request.app[ASSETS]
    tag = ETag(assets.version, is_weak=True)
    if tag in (request.if_none_match or ()):
        response = web.Response(status=304)
    else:
        response = assets.response(assets.version, "embed.js", request.headers.get("Accept-Encoding", ""))
    response.etag = tag
    response.headers["Cache-Control"] = _KEPT
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


async def door(request: web.Request) -> web.Response:
    """To the help button in the browser's language, with what the address brings along: one code for a whole poster."""
    code = i18n.choose(request.headers.get("Accept-Language"), request.app[PAGES].locales)
    query = request.rel_url.raw_query_string
    return web.Response(status=302, headers={"Location": f"/{code}/help" + (f"?{query}" if query else "")})
