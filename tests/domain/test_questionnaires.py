"""What answers say: zones from points, safety facts apart from everything, and nothing ever made lighter than told."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoturi import questionnaire_files
from zoturi.domain.questionnaires import (
    BIG,
    CLEAR,
    NONE,
    OPEN,
    SAFETY,
    SMALL,
    STEP_KINDS,
    ZONES,
    Option,
    Question,
    Questionnaire,
    Scale,
    Section,
    flags,
    score,
    tidy,
)

KNOWN = questionnaire_files.shipped()
YOUNG = KNOWN["worry-13-17"]
MUCH = ("not_at_all", "a_little", "somewhat", "a_lot", "very_much")
LONG = ("days", "weeks", "over_two_weeks")
SOMEONE = ("somebody", "not_sure", "nobody")
ORDER = {"much": MUCH, "long": LONG, "someone": SOMEONE}


def taps(much=None, long=None, someone=None) -> dict:
    said = {"much": much, "long": long, "someone": someone}
    return {question: (option,) for question, option in said.items() if option}


def zone_of(**said) -> str:
    return score(YOUNG, ["sleep"], {"sleep": taps(**said)}).findings[0].zone


def weight(zone: str) -> int:
    return ZONES.index(zone)


topic_answers = st.fixed_dictionaries(
    {}, optional={question: st.sampled_from(options).map(lambda one: (one,)) for question, options in ORDER.items()}
)
safety_answers = st.fixed_dictionaries(
    {},
    optional={
        "safety_self": st.fixed_dictionaries(
            {}, optional={"hurt_self": st.sampled_from(("never", "thoughts", "done", "now")).map(lambda one: (one,))}
        ),
        "safety_young": st.fixed_dictionaries(
            {},
            optional={
                "danger_young": st.lists(
                    st.sampled_from(("hurt", "home", "overdose", "alone", "away", "none")), unique=True
                )
            },
        ),
    },
)
topics = st.lists(st.sampled_from([part.id for part in YOUNG.sections]), min_size=1, max_size=4, unique=True)


@st.composite
def everything(draw):
    """Topics and whatever somebody may have tapped."""
    chosen = draw(topics)
    answers = {topic: draw(topic_answers) for topic in chosen}
    return chosen, answers | draw(safety_answers)


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        (taps("not_at_all", "over_two_weeks", "nobody"), NONE),
        (taps("a_little", "days", "somebody"), NONE),
        (taps("a_little", "over_two_weeks", "somebody"), SMALL),
        (taps("a_little", "over_two_weeks", "nobody"), SMALL),
        (taps("somewhat", "weeks", "not_sure"), SMALL),
        (taps("somewhat", "over_two_weeks", "nobody"), CLEAR),
        (taps("a_lot", "days", "somebody"), SMALL),
        (taps("a_lot", "over_two_weeks", "somebody"), CLEAR),
        (taps("a_lot", "over_two_weeks", "nobody"), BIG),
        (taps("very_much", "days", "somebody"), CLEAR),
        (taps("very_much", "over_two_weeks", "nobody"), BIG),
    ],
)
def test_zones_of_one_topic(said, zone):
    assert score(YOUNG, ["sleep"], {"sleep": said}).findings[0].zone == zone


def test_the_result_says_why_in_the_order_of_the_questions():
    finding = score(YOUNG, ["sleep"], {"sleep": taps("a_lot", "over_two_weeks", "nobody")}).findings[0]
    assert finding.points == 5
    assert finding.reasons == (
        "You said that it bothers you a lot.",
        "It has gone on for over two weeks.",
        "You have nobody to talk to about it.",
    )


@given(topic_answers, st.sampled_from(tuple(ORDER)))
def test_making_any_answer_worse_never_lowers_a_zone(said, question):
    if question not in said:
        return
    options = ORDER[question]
    before = score(YOUNG, ["sleep"], {"sleep": said}).findings[0].zone
    for worse in options[options.index(said[question][0]) :]:
        after = score(YOUNG, ["sleep"], {"sleep": said | {question: (worse,)}}).findings[0].zone
        assert weight(after) >= weight(before)


@given(everything(), st.data())
def test_a_worse_answer_never_lowers_the_whole(case, data):
    chosen, answers = case
    topic = data.draw(st.sampled_from(chosen))
    before = score(YOUNG, chosen, answers)
    for question, given_ in answers[topic].items():
        for worse in ORDER[question][ORDER[question].index(given_[0]) :]:
            after = score(YOUNG, chosen, answers | {topic: answers[topic] | {question: (worse,)}})
            assert weight(after.overall) >= weight(before.overall)


@given(topic_answers)
def test_skipping_is_not_zero_and_never_says_no_worry(said):
    zone = score(YOUNG, ["sleep"], {"sleep": said}).findings[0].zone
    if "much" not in said:
        assert zone == OPEN
    elif zone == NONE:
        # Whatever the skipped answers would have been, it would still be no worry.
        worst = taps(said["much"][0], "over_two_weeks", "nobody") | said
        assert score(YOUNG, ["sleep"], {"sleep": worst}).findings[0].zone == NONE


def test_all_skipped_says_nothing_at_all():
    result = score(YOUNG, ["sleep", "mood"], {})
    assert [finding.zone for finding in result.findings] == [OPEN, OPEN]
    assert (result.overall, result.flags, result.good) == (OPEN, (), ())
    assert score(YOUNG, [], {}).overall is None


@given(everything())
def test_overall_is_the_highest_topic(case):
    chosen, answers = case
    result = score(YOUNG, chosen, answers)
    assert len(result.findings) == len(chosen)
    assert result.overall == max((finding.zone for finding in result.findings), key=weight)


@given(everything(), everything())
def test_safety_facts_depend_on_nothing_else(one, other):
    """Other topics and taps change no flag, and flags change no zone."""
    safety = {name: given_ for name, given_ in one[1].items() if name.startswith("safety")}
    rest = {name: given_ for name, given_ in other[1].items() if not name.startswith("safety")}
    mixed = score(YOUNG, other[0], rest | safety)
    assert mixed.flags == score(YOUNG, one[0], one[1]).flags == score(YOUNG, [], safety).flags
    assert mixed.findings == score(YOUNG, other[0], rest).findings


def test_each_safety_answer_is_a_fact_of_its_own():
    said = {"safety_self": {"hurt_self": ("now",)}, "safety_young": {"danger_young": ("away", "home", "none")}}
    assert score(YOUNG, [], said).flags == ("says_may_hurt_self_now", "says_not_safe_at_home", "says_run_away")
    assert score(YOUNG, [], {"safety_young": {"danger_young": ("none",)}}).flags == ()
    assert score(YOUNG, [], {"safety_self": {"hurt_self": ("never",)}}).flags == ()


@given(everything())
def test_same_answers_same_result_in_any_order(case):
    chosen, answers = case
    assert score(YOUNG, chosen, answers) == score(YOUNG, chosen, answers)
    turned = {name: answers[name] for name in reversed(answers)}
    assert score(YOUNG, list(reversed(chosen)), turned) == score(YOUNG, chosen, answers)


@given(everything())
def test_language_does_not_matter(case):
    """With every sentence in other words the zones, facts and steps are the same."""
    chosen, answers = case

    def foreign(part: Section) -> Section:
        questions = tuple(
            dataclasses.replace(
                question,
                text="?",
                options=tuple(dataclasses.replace(o, text="…", reason="…", good=None) for o in question.options),
            )
            for question in part.questions
        )
        return dataclasses.replace(part, name="…", hint=None, questions=questions)

    other = dataclasses.replace(
        YOUNG, sections=tuple(map(foreign, YOUNG.sections)), always=tuple(map(foreign, YOUNG.always))
    )
    ours, theirs = score(YOUNG, chosen, answers), score(other, chosen, answers)
    assert [(f.section.id, f.zone, f.points) for f in ours.findings] == [
        (f.section.id, f.zone, f.points) for f in theirs.findings
    ]
    assert (ours.overall, ours.flags, ours.steps) == (theirs.overall, theirs.flags, theirs.steps)


@given(st.sampled_from(sorted(KNOWN)), st.data())
def test_every_taker_gets_a_next_step_and_a_stated_danger_always_all_three(name, data):
    asked = KNOWN[name]
    chosen = data.draw(st.lists(st.sampled_from([part.id for part in asked.sections]), max_size=4, unique=True))
    answers = {topic: data.draw(topic_answers) for topic in chosen}
    result = score(asked, chosen, answers)
    assert "self" in {step.kind for step in result.steps}
    for part in asked.always:
        for question in part.questions:
            for option in question.options:
                if option.flag:
                    flagged = score(asked, chosen, answers | {part.id: {question.id: (option.id,)}})
                    assert flagged.flags == (option.flag,)
                    assert {step.kind for step in flagged.steps} == set(STEP_KINDS)


@given(st.dictionaries(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=4), max_size=4))
def test_garbage_answers_nothing(given_):
    section = YOUNG.section("sleep")
    kept = tidy(section, given_)
    assert all(option in ORDER[question] for question, options in kept.items() for option in options)
    assert flags(YOUNG.always, {"safety_self": given_, "safety_young": given_}) == ()


def test_two_answers_to_one_question_are_no_answer():
    assert tidy(YOUNG.section("sleep"), {"much": ("a_lot", "not_at_all")}) == {}
    assert zone_of(long="over_two_weeks") == OPEN


def test_every_questionnaire_asks_the_same_two_things_about_safety():
    for asked in KNOWN.values():
        codes = {option.flag for part in asked.always for question in part.questions for option in question.options}
        assert len(asked.always) == 2
        assert {"says_hurt_self", "says_may_hurt_self_now", "says_not_safe_at_home"} <= codes <= {None, *SAFETY}


def test_a_childrens_feedback_form_needs_no_scale_and_no_topics_to_choose():
    """The engine knows nothing of worries: a form of two questions works as it is."""
    faces = Question("liked", "Did you like it?", (Option("no", "No"), Option("yes", "Yes", good="You liked it.")))
    form = Questionnaire("feedback", 1, "m", "Feedback", "child", None, (Section("us", "Us", (faces,)),), ())
    assert [part.id for part in form.pages([])] == ["us"]
    result = score(form, [], {"us": {"liked": ("yes",)}})
    assert (result.findings, result.overall, result.good) == ((), None, ("You liked it.",))


def test_a_yearly_question_may_have_a_scale_of_its_own():
    options = tuple(Option(str(n), str(n), points=n) for n in range(11))
    scale = Scale("worn", 10, ((0, NONE), (4, SMALL), (7, CLEAR), (9, BIG)))
    part = Section("family", "Our family", (Question("worn", "How worn out are you?", options),))
    yearly = Questionnaire("yearly", 3, "m", "Yearly", "family", None, (part,), (), scale=scale)
    zones = [score(yearly, [], {"family": {"worn": (str(n),)}}).overall for n in range(11)]
    assert zones == [NONE] * 4 + [SMALL] * 3 + [CLEAR] * 2 + [BIG] * 2
