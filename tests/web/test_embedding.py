"""The help button outside: the script other pages load, what staff paste there, and the poster."""

import gzip
import html
import re

import pytest

from tests.web.staff_pages import get
from zoturi import i18n, resources
from zoturi.web.assets import lean
from zoturi.web.manage_embed import LABEL, Chosen, snippet

ORIGIN = "https://apua.example"


@pytest.fixture
def kind():
    """Nothing here is stored."""
    return "sqlite"


def test_the_script_weighs_about_a_kilobyte():
    source = lean((resources.static_dir() / "embed.js").read_bytes())
    assert len(source) <= 2000
    assert len(gzip.compress(source, 9)) <= 1100  # what goes over the wire


def test_the_script_says_the_same_words_as_we_do():
    source = (resources.static_dir() / "embed.js").read_text("utf-8")
    said = dict(re.findall(r'(\w\w): "([^"]+)"', re.search("words = {(.*)};", source)[1]))
    assert said == {code: i18n.translations(code).gettext(LABEL) for code in ("fi", "sv", "en")}


def test_the_snippet_works_without_its_script_and_can_not_be_broken_out_of():
    chosen = Chosen("en", area="lainela", topics=("sleep", "school"), label='"><script>alert(1)</script>')
    text = snippet(ORIGIN, chosen)
    assert text.count("<script") == 1
    assert 'href="https://apua.example/en/help?area=lainela&amp;topics=sleep,school"' in text
    assert 'data-label="&#34;&gt;&lt;script' in text
    assert f'src="{ORIGIN}/embed.js"' in text
    assert "data-label" not in snippet(ORIGIN, Chosen("sv"))
    assert "data-label" in snippet(ORIGIN, Chosen("xx"))


async def test_any_page_may_load_the_script_and_it_sets_nothing(server, people):
    person = people.stranger()
    async with person.http.get(f"{server.origin}/embed.js", headers={"Origin": "https://lainela.example"}) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/javascript"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        assert "Set-Cookie" not in answer.headers
        tag = answer.headers["ETag"]
    async with person.http.get(f"{server.origin}/embed.js", headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304
        assert await answer.read() == b""


async def test_the_address_on_paper_leads_to_the_phones_language_with_all_it_brings(server, people):
    person = people.stranger()
    for asked, lang in (("sv-FI,sv;q=0.9", "sv"), ("de", "en")):
        path = "/help?area=lainela&topics=sleep&topics=%0D%0Ax"
        async with person.http.get(
            server.origin + path, headers={"Accept-Language": asked}, allow_redirects=False
        ) as to:
            assert (to.status, to.headers["Location"]) == (302, f"/{lang}{path}")


async def test_staff_choose_and_copy_and_what_the_site_does_not_know_is_left_out(server, people):
    signe = await people.worker("signe", connect=False)
    unit = server.site.units[0]
    status, _, page = await get(
        signe, f"/manage/embed?lang=sv&area=nowhere&unit={unit.id}&topics=sleep&topics=x&label=%3Cb%3E"
    )
    assert status == 200
    shown = html.unescape(re.search(r"<textarea class=\"snippet[^>]*>(.*?)</textarea>", page, re.DOTALL)[1])
    assert shown in page  # what is shown as text stands below as itself, too
    assert f'data-lang="sv" data-unit="{unit.id}" data-topics="sleep" data-label="&lt;b&gt;"' in shown
    assert f"{server.origin}/sv/help?unit={unit.id}&amp;topics=sleep" in page
    assert (await get(await people.worker("aino", connect=False), "/manage/embed"))[0] == 403


async def test_the_poster_speaks_its_languages_with_one_code_and_no_inline_style(server, people):
    signe = await people.worker("signe", connect=False)
    unit = server.site.units[0]
    for query, languages in (("", ["fi", "sv", "en"]), ("&paper=en&paper=fi", ["fi", "en"])):
        status, _, page = await get(signe, f"/manage/poster?unit={unit.id}{query}")
        assert status == 200
        assert re.findall(r'<section[^>]* lang="(\w+)"', page) == languages
        assert page.count('class="qrline"') == 1
        assert " style=" not in page
        assert page.count("112") >= len(languages)
        assert site_name(server, "fi") in page
        assert unit.name["en"] in page
        assert page.count("<h1>") == 1


def site_name(server, lang: str) -> str:
    return server.site.text(server.site.name, lang)
