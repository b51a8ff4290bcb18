"""What the calm panel says after a safety answer: the stated fact in the person's own direction, and the right number.

Each sentence is short, true and calm. Numbers come from the operator's site; 112 is always the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zoturi.i18n import mark as N_  # noqa: N812 - the name gettext tools know
from zoturi.web.visitor_view import LineNow, spoken

MOST_NUMBERS = 3

_CRISIS = ("mieli-fi", "mieli-sv", "mieli-ar-en", "mieli-uk", "mieli-ru")
_CHILDREN = ("mll-fi", "mll-sv")
SOCIAL = "social"
"""Stands for the operator's social emergency number, where the site has one."""


@dataclass(frozen=True, slots=True)
class Words:
    """What to say about one fact. ``ring``: life may be in danger, so 112 stands before the chat."""

    title: str
    text: str
    lines: tuple[str, ...]
    ring: bool = False


PANELS = {
    "says_danger_now": Words(
        N_("You told us that somebody is in danger right now."),
        N_("Ring 112 first. The one who answers tells you what to do and sends help. After that we are here too."),
        ("nollalinja", SOCIAL, *_CRISIS), ring=True,
    ),
    "says_overdose_or_unconscious": Words(
        N_("You told us that somebody took too much or does not wake up."),
        N_("Ring 112 now if they do not wake up, breathe badly or you are not sure. Stay with them. The one who "
           "answers tells you what to do."),
        ("poison",), ring=True,
    ),
    "says_may_hurt_self_now": Words(
        N_("You told us that you may hurt yourself now."),
        N_("Ring 112 or go to somebody who is near. Stay with another person until help comes. You need not explain "
           "everything."),
        _CRISIS, ring=True,
    ),
    "says_hurt_or_threatened": Words(
        N_("You told us that somebody hurts or threatens you."),
        N_("It is not your fault. It is good that you said it. There is help for this right away, and you do not have "
           "to manage alone."),
        ("nollalinja", SOCIAL),
    ),
    "says_child_hurt_or_threatened": Words(
        N_("You told us that somebody hurts or threatens your child."),
        N_("It is good that you said it. There is help for this right away, for your child and for you."),
        ("nollalinja", SOCIAL),
    ),
    "says_not_safe_at_home": Words(
        N_("You told us that it is not safe at home."),
        N_("It is not your fault. If you can, go to a safe person or a safe place. There is help for this right away."),
        ("nollalinja", SOCIAL),
    ),
    "says_hurt_self": Words(
        N_("You told us that you have hurt yourself."),
        N_("It is good that you told us. You do not have to manage this alone. If you are badly hurt, or afraid of "
           "what you may do, ring 112."),
        (*_CRISIS, "medical-advice"),
    ),
    "says_thinks_of_hurting_self": Words(
        N_("You told us about very hard thoughts."),
        N_("Such thoughts come to many when things are very heavy, and they can pass. You do not have to carry them "
           "alone. If you are afraid of what you may do, ring 112."),
        _CRISIS,
    ),
    "says_child_run_away": Words(
        N_("You told us that your child has run away."),
        N_("If your child may be in danger, ring 112 right away. Tell what your child is wearing and where you last "
           "saw them."),
        ("missing-children", SOCIAL),
    ),
    "says_run_away": Words(
        N_("You told us that you have run away."),
        N_("Nobody here is angry with you. We can think together about a safe place. If you are in danger or have "
           "nowhere to sleep, ring 112."),
        (SOCIAL, *_CHILDREN),
    ),
    "says_child_alone": Words(
        N_("You told us that a child is alone without an adult."),
        N_("If the child is small or afraid, ring 112. Stay with the child if you can."),
        (SOCIAL,),
    ),
    "says_alone": Words(
        N_("You told us that you are alone without an adult."),
        N_("No child has to manage alone. If you are scared or something happens, ring 112. You may ring even if you "
           "are not sure."),
        (SOCIAL, *_CHILDREN),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel for all facts stated: the most pressing one leads, the others are named too."""

    codes: tuple[str, ...]
    first: Words
    others: tuple[Words, ...]
    ring: bool
    social: bool
    lines: tuple[LineNow, ...]


def panel(codes: Sequence[str], lines: Iterable[LineNow], lang: str, has_social: bool) -> Panel | None:
    """What to show for these facts; None where nothing was stated. At most three numbers, 112 among them."""
    if not codes:
        return None
    known = {row.line.id: row for row in lines}
    said = [PANELS[code] for code in codes]
    wanted = list(dict.fromkeys(line for words in said for line in words.lines))
    social = has_social and SOCIAL in wanted
    rows = [known[line] for line in wanted if line in known and spoken(lang) in known[line].line.languages]
    if not rows:
        # Nobody answers in the reader's language: then whoever answers.
        rows = [known[line] for line in wanted if line in known]
    shown = tuple(row for row in rows if row.open is not False)[: MOST_NUMBERS - 1 - social]
    return Panel(tuple(codes), said[0], tuple(said[1:]), any(words.ring for words in said), social, shown)
