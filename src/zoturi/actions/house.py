"""What every door of the house needs at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from zoturi import call_me_files, phrase_files, questionnaire_files, site_files
from zoturi.actions.directory_index import Shelf
from zoturi.actions.limits import Limits
from zoturi.actions.screening import Tally
from zoturi.domain.questionnaires import Questionnaire
from zoturi.settings import Settings
from zoturi.site import Site
from zoturi.store.database import Database


@dataclass(frozen=True, slots=True)
class House:
    """The database, the operator's site and the settings; ``doors_open`` is False while a real site is incomplete.

    ``files`` is the site as the files say it; ``site`` is the one in use, with what staff changed since.
    """

    db: Database
    site: Site
    settings: Settings
    zone: ZoneInfo
    demo: bool
    doors_open: bool
    questionnaires: Mapping[str, Questionnaire] = field(default_factory=questionnaire_files.shipped)
    phrases: tuple[phrase_files.Topic, ...] = field(default_factory=phrase_files.load)
    call_me: call_me_files.CallMe = field(default_factory=call_me_files.load)
    tally: Tally = field(default_factory=Tally)
    own_site: bool = True  # False: there are only the example's files, whose doors never open
    services: Shelf = field(default_factory=Shelf)
    limits: Limits = field(init=False)
    files: Site = field(init=False)
    site_version: str | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        object.__setattr__(self, "limits", Limits(self.settings.messages_per_minute))
        object.__setattr__(self, "files", self.site)

    def use(self, site: Site, version: str | None) -> None:
        """Use a changed site from now on; the doors open, or close, as it is complete or not."""
        object.__setattr__(self, "site", site)
        object.__setattr__(self, "site_version", version)
        if not self.demo:
            object.__setattr__(self, "doors_open", self.own_site and not site_files.missing(site))
