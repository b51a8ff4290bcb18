"""How far somebody has come on the pages of the help button; it travels from page to page in a sealed field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from zoturi import world
from zoturi.actions import sealed
from zoturi.domain import help_requests
from zoturi.domain.help_requests import SEVERAL, STEPS, Known, Step
from zoturi.store.vault import Vault

LASTS_MS = 24 * 3_600_000  # a night's sleep between two pages loses nothing
LONGEST_TOKEN = 48 * 1024
CHECK = "check"
_PURPOSE, _KIND = "help form", "progress"
_BY_ID = {step.id: step for step in STEPS}


@dataclass(frozen=True, slots=True)
class Progress:
    """``at`` is the step in front of them, or ``check``; ``checked``: they have been there, and a change leads back.

    ``carry`` are the sealed answers of the worry test that go along; empty where none do.
    """

    client_id: str
    began: int
    at: str = STEPS[0].id
    checked: bool = False
    answers: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    carry: str = ""

    @property
    def step(self) -> Step | None:
        """The questions of the present page; None on the page that shows all answers."""
        return _BY_ID.get(self.at)

    def answer(self, given: Mapping[str, str | tuple[str, ...]]) -> Progress:
        """What was given on the present page, also where it has to be mended."""
        return replace(self, answers=self.answers | given)

    def on(self, known: Known, wrong: Mapping[str, str]) -> Progress:
        """To the next page. Who has seen the last one goes back there, past what a change made missing."""
        pages = help_requests.steps(self.answers, known)
        if self.checked:
            open_ones = (step.id for step in pages if any(name in wrong for name in step.fields))
            return replace(self, at=next(open_ones, CHECK))
        later = [step.id for step in pages if STEPS.index(step) > STEPS.index(self.step or STEPS[-1])]
        return replace(self, at=later[0]) if later else replace(self, at=CHECK, checked=True)

    def back(self, known: Known) -> Progress:
        """To the page before; before the first there is none."""
        pages = help_requests.steps(self.answers, known)
        here = STEPS.index(self.step) if self.step else len(STEPS)
        earlier = [step.id for step in pages if STEPS.index(step) < here]
        return replace(self, at=earlier[-1] if earlier else STEPS[0].id)

    def change(self, step_id: str) -> Progress:
        """To a page that was answered already."""
        return replace(self, at=step_id) if step_id in _BY_ID else self

    def carry_nothing(self) -> Progress:
        """The answers of the worry test stay behind."""
        return replace(self, carry="")


def begin(answers: Mapping[str, str | tuple[str, ...]], now: int, carry: str = "") -> Progress:
    """The first page, with what the address or a worry test brought along."""
    return Progress(world.new_uuid(), now, answers=answers, carry=carry)


def seal(keys: Vault, progress: Progress) -> str:
    """As a form field. What the page itself asks is left out: it comes back with the page's own fields."""
    own = progress.step.fields if progress.step else ()
    answers = {name: given for name, given in progress.answers.items() if name not in own}
    return sealed.seal(keys, _PURPOSE, _KIND, [
        progress.client_id, progress.began, progress.at, progress.checked, answers, progress.carry,
    ])  # fmt: skip


def unseal(keys: Vault, token: str, now: int) -> Progress | None:
    """What was sealed; None where it is changed, foreign or older than a day."""
    content = sealed.unseal(keys, _PURPOSE, _KIND, token, LONGEST_TOKEN)
    if content is None:
        return None
    client_id, began, at, checked, answers, carry = content
    if not 0 <= now - began <= LASTS_MS:
        return None
    as_given = {name: tuple(given) if name in SEVERAL else given for name, given in answers.items()}
    return Progress(client_id, began, at, checked, as_given, carry)
