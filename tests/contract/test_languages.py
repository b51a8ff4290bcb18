"""The reader's language: which one, its plural forms, its dates, and values that cannot break a page."""

from datetime import UTC, datetime, time
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import Markup

from zoturi import i18n
from zoturi.domain.hours import Window

OFFERED = ("fi", "sv", "en", "fi_SIMPLE", "fa", "ckb")
MOMENT = int(datetime(2026, 11, 25, 16, 32, tzinfo=UTC).timestamp() * 1000)
ZONE = "Europe/Helsinki"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "fi"),
        ("", "fi"),
        ("*", "fi"),
        ("sv-FI,sv;q=0.9,fi;q=0.5", "sv"),
        ("en-US,en;q=0.8,fi;q=0.9", "en"),
        ("de,fi;q=0.2", "fi"),
        ("de-DE,de", "en"),
        ("fi;q=0,sv;q=0.1", "sv"),
        ("FI", "fi"),
        ("fi-simple", "fi_SIMPLE"),
        ("prs-AF", "fa"),
        ("ckb-IQ,ku;q=0.4", "ckb"),
        ("ku", "en"),
        (";;;q=,%$, sv ; q=0.7", "sv"),
        ("sv;q=9", "fi"),
        ("x" * 100_000, "fi"),
        ("fi\r\nSet-Cookie: a", "fi"),
    ],
)
def test_the_browser_says_which_language(header, code):
    assert i18n.choose(header, OFFERED) == code


def test_only_offered_languages_are_chosen():
    assert i18n.choose("sv", ["fi"]) == "fi"
    assert i18n.choose("sv", ["ru"]) == "ru"
    assert i18n.choose("en-GB", i18n.LOCALES) == "en"


def test_pseudo_languages_exist_only_when_asked_for():
    assert [locale.code for locale in i18n.LOCALES][:3] == ["fi", "sv", "en"]
    assert not {"xx", "xr"} & {locale.code for locale in i18n.LOCALES}
    assert [locale.code for locale in i18n.locales(pseudo=True)][-2:] == ["xx", "xr"]
    assert i18n.locale("xr").direction == "rtl"
    with pytest.raises(KeyError):
        i18n.locale("../fi")


def test_pseudo_text_is_longer_and_keeps_places_and_tags():
    text = "Ring <b>112</b>, %(name)s, 100 %"
    pseudo = i18n.pseudo_text(text)
    assert "<b>112</b>" in pseudo and "%(name)s" in pseudo and "100 %" in pseudo
    assert pseudo.startswith("[") and pseudo.endswith("]") and len(pseudo) > 1.3 * len(text)
    assert i18n.translations("xx").gettext("Try again") != "Try again"


def test_values_are_escaped_and_a_percent_is_just_a_percent():
    assert i18n.fill("100 % of %(n)s", {"n": 5}) == "100 % of 5"
    assert i18n.fill("100 % sure", {}) == "100 % sure"
    mixed = i18n.fill("<i> %(a)s %(b)s", {"a": Markup("<b>1</b>"), "b": "<s>"})
    assert mixed == Markup("&lt;i&gt; <b>1</b> &lt;s&gt;")
    assert i18n.fill(Markup("<b>%(a)s</b>"), {"a": "<s>"}) == Markup("<b>&lt;s&gt;</b>")
    assert i18n.fill("%(a)s", {"a": "%(a)s"}) == "%(a)s"


def test_templates_escape_sentences_and_refuse_unknown_names(tmp_path: Path):
    (tmp_path / "a.html").write_text(
        """{{ _("<x> %(who)s 5 %", who="<b>") }}|{{ rich("<b>%(who)s</b>", who="<i>") }}|"""
        """{{ ngettext("%(n)s hour", "%(n)s hours", 2) }}|{% trans n=1 %}  some %
        thing {{ n }}{% endtrans %}|{{ forms("%(n)s a", "%(n)s b") | tojson }}|{{ lang }} {{ dir }}"""
    )
    (tmp_path / "b.html").write_text("{{ unknown }}")
    page = i18n.environment("en", tmp_path).get_template("a.html").render()
    assert page == (
        "&lt;x&gt; &lt;b&gt; 5 %|<b>&lt;i&gt;</b>|2 hours|some % thing 1|[&#34;%(n)s a&#34;, &#34;%(n)s b&#34;]|en ltr"
    ).replace("&#34;", '"')
    with pytest.raises(Exception, match="unknown"):
        i18n.environment("en", tmp_path).get_template("b.html").render()


def test_what_never_changes_is_worked_out_when_a_template_is_compiled(tmp_path: Path):
    said: list[str] = []

    def icon(name: str, class_: str = "") -> Markup:
        said.append(name)
        return Markup(f"<svg {name} {class_}>")

    (tmp_path / "a.html").write_text(
        """{{ icon("key") }}{{ icon("exit", "flip") }}{% for n in names %}{{ icon(n) }}{% endfor %}"""
    )
    page = i18n.environment("en", tmp_path)
    page.fix(icon=icon)
    template = page.get_template("a.html")
    assert template.render(names=["a", "b"]) == "<svg key ><svg exit flip><svg a ><svg b >"
    assert template.render(names=[]) == "<svg key ><svg exit flip>"
    assert said == ["key", "exit", "a", "b"]


def test_one_language_does_not_leak_into_another(tmp_path: Path):
    (tmp_path / "a.html").write_text("{{ _('Try again') }}")
    said = {code: i18n.environment(code, tmp_path).get_template("a.html").render() for code in ("fi", "sv", "en", "xr")}
    assert len(set(said.values())) == 4
    assert said == {c: i18n.environment(c, tmp_path).get_template("a.html").render() for c in reversed(said)}


def test_plural_table_of_every_language():
    for locale in i18n.locales(pseudo=True):
        words = i18n.translations(locale.code)
        assert len(words.plural_index) == 200
        assert words.plural_index[1] == 0 and words.plural_index[0] == words.plural_index[199] == 1
        assert len(words.forms("%(n)s chat", "%(n)s chats")) == 2


@pytest.mark.parametrize(
    ("code", "rule", "number", "samples"),
    [
        ("se", i18n.PLURAL_FORMS["se"], 3, {1: 0, 2: 1, 0: 2, 3: 2, 101: 2}),
        (
            "ar",
            "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : "
            "n%100>=0 && n%100<=2 ? 5 : 4)",
            6,
            {0: 0, 1: 1, 2: 2, 5: 3, 11: 4, 100: 5},
        ),
    ],
)
def test_languages_with_more_forms_keep_them_all(code, rule, number, samples):
    head = [f"Language: {code}", "Content-Type: text/plain; charset=utf-8", f"Plural-Forms: {rule};"]
    po = 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in head) + "\n"
    po += 'msgid "%(n)s x"\nmsgid_plural "%(n)s xs"\n' + "".join(f'msgstr[{i}] "form {i}"\n' for i in range(number))
    compiled = BytesIO()
    catalogue: Catalog = read_po(BytesIO(po.encode()))
    write_mo(compiled, catalogue)
    words = i18n.Translator(GNUTranslations(BytesIO(compiled.getvalue())))
    assert words.forms("%(n)s x", "%(n)s xs") == [f"form {i}" for i in range(number)]
    assert {n: words.plural_index[n] for n in samples} == samples
    # 200 and more as n % 100 + 100: the rules repeat by hundreds.
    for n in (200, 201, 202, 211, 999, 1_000_003):
        assert words.plural_index[n % 100 + 100] == int(words.ngettext("%(n)s x", "%(n)s xs", n)[-1])


def test_dates_and_times_as_each_language_writes_them():
    assert i18n.format_time("fi", MOMENT, ZONE) == "18.32"
    assert i18n.format_time("sv", MOMENT, ZONE) == "18.32"
    assert i18n.format_time("en", MOMENT, ZONE) == "18:32"
    assert i18n.format_day("fi", MOMENT, ZONE) == "keskiviikkona 25. marraskuuta"
    assert i18n.format_day("sv", MOMENT, ZONE) == "onsdag 25 november"
    assert i18n.format_day("en", MOMENT, ZONE) == "Wednesday 25 November"
    assert i18n.format_date("fi", MOMENT, ZONE) == "25. marraskuuta 2026"
    assert i18n.format_datetime("fi", MOMENT, ZONE) == "25.11.2026 18.32"
    assert i18n.format_datetime("sv", MOMENT, ZONE) == "25.11.2026 18.32"
    assert (i18n.clock_pattern("fi"), i18n.clock_pattern("en")) == ("H.mm", "HH:mm")


def test_lists_ranges_and_opening_hours_as_people_say_them():
    week = Window(frozenset(range(5)), time(12), time(20, 30))
    assert i18n.format_window("fi", week) == "ma–pe 12–20.30"
    assert i18n.format_window("sv", Window(frozenset({5, 6}), time(12), time(0))) == "lör–sön 12–24"
    assert i18n.format_window("en", week) == "Mon–Fri 12:00–20:30"
    assert i18n.join_words("fi", ["suomi", "ruotsi", "englanti"]) == "suomi, ruotsi ja englanti"
    assert i18n.join_words("en", ["Finnish", "Swedish", "English"]) == "Finnish, Swedish and English"
    assert i18n.number_range(3, 8).replace("\u2060", "") == "3–8" and i18n.number_range(3, 3) == "3"
    assert i18n.language_name("sv", "fi") == "finska"
