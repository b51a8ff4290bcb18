"""Light enough for an old phone on a bad line, and nothing from strangers."""

import pytest

KB = 1000
# JavaScript and CSS over the wire, in bytes. The site's other visitor pages need almost no JavaScript.
CHAT = {"script": 25 * KB, "stylesheet": 12 * KB}
PLAIN = {"script": 5 * KB, "stylesheet": 12 * KB}
POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
)


async def loads(visitor, go) -> dict[str, int]:
    """The bytes over the wire of each kind of file that a way of arriving asks for, headers left out."""
    answers = []

    def keep(answer) -> None:
        answers.append(answer)

    visitor.page.on("response", keep)
    await go()
    await visitor.page.wait_for_load_state("networkidle")
    visitor.page.remove_listener("response", keep)
    sizes = dict.fromkeys(("document", "script", "stylesheet", "font", "image"), 0)
    for answer in answers:
        kind = answer.request.resource_type
        if kind in sizes and answer.status == 200:
            sizes[kind] += (await answer.request.sizes())["responseBodySize"]
        if kind == "document" and answer.status == 200:
            rules = {rule.strip() for rule in answer.headers["content-security-policy"].split(";")}
            assert rules.issuperset(POLICY) and not any("unsafe" in rule for rule in rules)
            assert answer.headers["cache-control"] == "no-store"
    return sizes


@pytest.mark.parametrize("path", ["/", "/chat", "/worry-test", "/privacy", "/accessibility"])
async def test_pages_around_the_chat_are_light(people, path) -> None:
    visitor = await people.visitor()
    sizes = await loads(visitor, lambda: visitor.goes(f"/fi{path}"))
    assert all(0 < sizes[kind] <= most for kind, most in PLAIN.items()), sizes
    assert sizes["font"] == 0


async def test_the_chat_is_light(people) -> None:
    visitor = await people.visitor()
    await visitor.goes("/fi/chat")
    # As if the phone kept nothing of the page before it.
    network = await visitor.context.new_cdp_session(visitor.page)
    await network.send("Network.enable")
    await network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes = await loads(visitor, visitor.button("Go to the chat").click)
    assert all(0 < sizes[kind] <= most for kind, most in CHAT.items()), sizes
    assert sizes["font"] == 0
