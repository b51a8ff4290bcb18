"""Contact reasons for statistics: the main groups of Child Helpline International, and the group of each own topic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

GROUPS = (
    "missing_children", "violence", "mental_health", "physical_health", "access_to_services", "discrimination",
    "family_relationships", "peer_relationships", "education_and_occupation", "sexuality", "non_counselling",
)  # fmt: skip
"""Non-counselling: silent, a test, a prank, thanks, or a question about the service."""

GROUP_OF_TOPIC: Mapping[str, str | None] = {
    "mood": "mental_health",
    "anxiety": "mental_health",
    "sleep": "mental_health",
    "loneliness": "peer_relationships",
    "bullying": "violence",
    "family": "family_relationships",
    "violence": "violence",
    "school": "education_and_occupation",
    "body": "physical_health",
    "substances": "mental_health",
    "online": "peer_relationships",
    "sex_and_relationships": "sexuality",
    "money": "access_to_services",
    "housing": "access_to_services",
    "work": "education_and_occupation",
    "parenting": "family_relationships",
    "separation": "family_relationships",
    "neuropsychiatric": "mental_health",
    "own_health": "physical_health",
    "other": None,
}


def groups(reasons: Iterable[str]) -> tuple[str, ...]:
    """The main groups of reasons, each once and in their order; own topics count in their group."""
    named = {GROUP_OF_TOPIC.get(reason, reason) for reason in reasons}
    return tuple(group for group in GROUPS if group in named)
