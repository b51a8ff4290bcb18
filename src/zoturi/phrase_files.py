"""The shared phrasebook: ready sentences by topic, in all languages side by side, from ``content/phrases/*.yaml``.

A worker reads and picks one in their own language, the visitor gets it in theirs. A bad file is refused with file,
line and field.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from zoturi import resources
from zoturi.yaml_files import FileError, Source

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=40)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
LANGUAGES = ("fi", "sv", "en")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Side(_Model):
    """One sentence in every language of the phrasebook."""

    fi: Text
    sv: Text
    en: Text


class Phrase(Side):
    """A ready sentence."""

    id: Id


class Topic(_Model):
    """One file: a topic with its sentences, in the order they are offered."""

    topic: Id
    name: Side
    phrases: tuple[Phrase, ...] = Field(min_length=1, max_length=60)

    def shown(self) -> Mapping[str, object]:
        """As the desk gets it."""
        return {
            "topic": self.topic,
            "name": self.name.model_dump(),
            "phrases": [{"id": each.id, "texts": each.model_dump(include=set(LANGUAGES))} for each in self.phrases],
        }


def load(folder: Path | None = None) -> tuple[Topic, ...]:
    """All topics of a folder in the order of the files' names; FileError for the first bad file."""
    found: list[Topic] = []
    seen: set[str] = set()
    for path in sorted((folder or resources.content_dir() / "phrases").glob("*.yaml")):
        source = Source(path)
        topic = source.model(Topic)
        if any(topic.topic == other.topic for other in found):
            raise source.refusal(("topic",), f"{topic.topic!r} is the topic of another file")
        for at, phrase in enumerate(topic.phrases):
            if phrase.id in seen:
                raise source.refusal(("phrases", at, "id"), f"{phrase.id!r} is there twice")
            seen.add(phrase.id)
        found.append(topic)
    return tuple(found)


__all__ = ["FileError", "Phrase", "Topic", "load"]
