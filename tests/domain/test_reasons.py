"""Contact reasons: every own topic has its place among the main groups of the field, and the wire knows them all."""

from typing import get_args

from zoturi.domain.contacts import TOPICS
from zoturi.domain.reasons import GROUP_OF_TOPIC, GROUPS, groups
from zoturi.web.labels import REASONS
from zoturi.wire import Reason


def test_every_topic_has_a_group_and_every_group_a_name():
    assert tuple(GROUP_OF_TOPIC) == TOPICS
    assert set(GROUP_OF_TOPIC.values()) - {None} <= set(GROUPS)
    assert tuple(REASONS) == GROUPS
    assert {code for part in get_args(Reason) for code in get_args(part)} == {*TOPICS, *GROUPS}


def test_reasons_count_in_their_group_once():
    assert groups(["sleep", "mood", "mental_health", "bullying", "other"]) == ("violence", "mental_health")
    assert groups([]) == ()
