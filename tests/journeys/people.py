"""People with browsers: what they can do, and what they see, in their own language."""

import re
from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.process import Process
from zoturi import i18n

_ISOLATES = re.compile("[\u2068\u2069]")


def in_language(lang: str, sentence: str, **values: object) -> str:
    """The sentence of the source in a language; one that is missing there is an error of the test."""
    said = i18n.translations(lang).gettext(sentence)
    if lang != "en" and said == sentence and " " in sentence:
        raise LookupError(f"{lang} has no words for {sentence!r}")
    return i18n.fill(said, values)


@dataclass
class Watch:
    """What a page may not do: complain, break, or talk to anybody but us."""

    origin: str
    complaints: list[str] = field(default_factory=list)
    allowed: list[re.Pattern] = field(default_factory=list)

    def allow(self, pattern: str) -> None:
        """Declares a complaint that belongs to the story, such as a lost network."""
        self.allowed.append(re.compile(pattern))

    def note(self, what: str) -> None:
        self.complaints.append(what)

    def asked(self, url: str) -> None:
        ours = (self.origin, self.origin.replace("http", "ws", 1))
        if not url.startswith((*ours, "data:", "blob:", "about:")):
            self.note(f"asked a stranger: {url}")

    @property
    def left(self) -> list[str]:
        return [what for what in self.complaints if not any(pattern.search(what) for pattern in self.allowed)]


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, service: Process, context: BrowserContext, page: Page, lang: str) -> None:
        self.service, self.context, self.page, self.lang = service, context, page, lang
        self.watch = Watch(service.origin)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.watch.note(f"pageerror: {error}"))
        page.on("request", lambda request: self.watch.asked(request.url))
        page.on("websocket", lambda socket: self.watch.asked(socket.url))

    def _heard(self, message) -> None:
        if message.type in ("error", "warning"):
            self.watch.note(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def say(self, sentence: str, **values: object) -> str:
        """A sentence of the source in this person's language."""
        return in_language(self.lang, sentence, **values)

    async def goes(self, path: str) -> None:
        await self.page.goto(self.service.origin + path)

    def button(self, sentence: str, **values: object) -> Locator:
        return self.page.get_by_role("button", name=self.say(sentence, **values), exact=True)

    def link(self, sentence: str) -> Locator:
        return self.page.get_by_role("link", name=self.say(sentence), exact=True)

    def heading(self, sentence: str, **values: object) -> Locator:
        return self.page.get_by_role("heading", name=self.say(sentence, **values), exact=True)

    async def sees(self, sentence: str, **values: object) -> None:
        """Sees these very words somewhere."""
        words = self.page.get_by_text(self.say(sentence, **values), exact=True)
        await expect(words.filter(visible=True).first).to_be_visible()

    async def sees_heading(self, sentence: str, **values: object) -> None:
        await expect(self.heading(sentence, **values).first).to_be_visible()


class Visitor(Person):
    """Somebody young on a phone."""

    @property
    def log(self) -> Locator:
        return self.page.locator("#log")

    @property
    def box(self) -> Locator:
        return self.page.locator("#text")

    async def opens_chat(self, nickname: str = "") -> "Visitor":
        """Straight to the line, telling no more than a nickname."""
        await self.goes(f"/{self.lang}/chat")
        await self.page.get_by_label(self.say("What may we call you?")).fill(nickname)
        await self.button("Go to the chat").click()
        # The socket has joined.
        await expect(self.page.locator("body")).to_have_attribute("data-net", "connected")
        return self

    async def writes(self, text: str) -> None:
        """Writes on behind whatever is in the box, and sends."""
        await self.box.press("End")
        await self.page.keyboard.insert_text(text)
        await self.page.locator("#composer").get_by_role("button", name=self.say("Send"), exact=True).click()

    async def has_sent(self, text: str) -> None:
        """Sees it among the own messages as stored, once, and the box empty."""
        mine = self.log.locator(".own", has=self.page.get_by_text(text, exact=True))
        await expect(mine).to_have_count(1)
        await expect(mine).to_have_attribute("data-state", re.compile("^(sent|seen)$"))
        await expect(self.box).to_have_value("")

    async def hears(self, text: str) -> None:
        theirs = self.log.locator(".msg:not(.own)", has=self.page.get_by_text(text, exact=True))
        await expect(theirs).to_have_count(1)

    async def said_and_heard(self) -> list[str]:
        """The words of the talk as they stand on the page, in order."""
        return await self.log.locator(".msg .text").all_inner_texts()


class Worker(Person):
    """Somebody at the desk."""

    def __init__(self, *given, name: str) -> None:
        super().__init__(*given)
        self.name = name

    @property
    def queue(self) -> Locator:
        return self.page.locator("#queue > li")

    @property
    def own(self) -> Locator:
        return self.page.locator("#mine > li > button")

    @property
    def talk(self) -> Locator:
        """The one conversation that is open."""
        return self.page.locator("article.talk-one:visible")

    @property
    def log(self) -> Locator:
        return self.talk.get_by_role("log")

    @property
    def box(self) -> Locator:
        return self.talk.locator("textarea:visible")

    @property
    def toast(self) -> Locator:
        return self.page.locator("#toasts .toast")

    async def signs_in(self) -> "Worker":
        await self.goes("/desk")
        await self.page.get_by_label(self.say("E-mail")).fill(f"{self.name.lower()}@demo.example")
        await self.page.get_by_label(self.say("Password")).fill(self.service.password)
        await self.button("Continue").click()
        await expect(self.page.locator("#net-ok")).to_have_text(self.say("Connected"))
        return self

    async def goes_on_duty(self, capacity: int = 3) -> "Worker":
        off = self.page.locator("#off")
        await off.get_by_label(self.say("Chats at once")).select_option(str(capacity))
        await self.button("Go on duty").click()
        await expect(off).to_be_hidden()
        return self

    async def takes_next(self) -> None:
        """Takes whoever is first, by the shortcut."""
        held = await self.own.count()
        await self.page.keyboard.press("Alt+n")
        await expect(self.own).to_have_count(held + 1)
        await expect(self.box).to_be_focused()

    async def writes(self, text: str) -> None:
        await self.box.press("End")
        await self.page.keyboard.insert_text(text)
        await self.box.press("Enter")

    async def has_sent(self, text: str) -> None:
        mine = self.log.locator(".own", has=self.page.get_by_text(text, exact=True))
        await expect(mine).to_have_count(1)
        await expect(mine).to_have_attribute("data-state", re.compile("^(sent|seen)$"))
        await expect(self.box).to_have_value("")

    async def hears(self, text: str) -> None:
        theirs = self.log.locator(".msg:not(.own)", has=self.page.get_by_text(text, exact=True))
        await expect(theirs).to_have_count(1)

    async def said_and_heard(self) -> list[str]:
        return await self.log.locator(".msg .text").all_inner_texts()

    async def closes(self, outcome: str) -> None:
        """Closes the open conversation with an outcome, chosen by its words."""
        await self.talk.get_by_role("button", name=self.say("Close the chat"), exact=True).click()
        dialog = self.page.get_by_role("dialog", name=self.say("How did it end?"))
        await dialog.get_by_text(self.say(outcome), exact=True).click()
        await dialog.get_by_role("button", name=self.say("Close the chat"), exact=True).click()
        await expect(dialog).to_be_hidden()


def plain(text: str) -> str:
    """Without the signs that keep a name from turning a sentence around."""
    return _ISOLATES.sub("", text)
