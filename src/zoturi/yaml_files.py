"""Reads a YAML file into a pydantic model; refuses what cannot be used with file, line, field and a plain reason."""

import re
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_NODES = 50_000

M = TypeVar("M", bound=BaseModel)


class FileError(Exception):
    """A file that cannot be used; its text is one clear line with file, line, field and reason."""

    def __init__(self, file: str, line: int | None, field: str | None, reason: str) -> None:
        self.file, self.line, self.field, self.reason = file, line, field, reason
        where = file + (f", line {line}" if line else "") + (f", {field}" if field else "")
        super().__init__(f"{where}: {reason}")


class _PlainLoader(yaml.SafeLoader):
    """YAML where every value is a text or nothing: 0112 keeps its zero, 12:00 is no number, `no` is a language."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])


class Source:
    """A file that was read: its name, its tree with line numbers, and its plain value."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        node = _composed(path.name, _text(path))
        if node is None:
            raise FileError(path.name, None, None, "is empty")
        self.node = node
        loader = _PlainLoader("")
        try:
            self.value = loader.construct_document(node)
        except yaml.YAMLError as problem:
            raise FileError(path.name, _line_of(problem), None, _reason_of(problem)) from problem
        finally:
            loader.dispose()

    def model(self, model: type[M]) -> M:
        """The value as a model; FileError names the first thing that does not fit."""
        try:
            return model.model_validate(self.value)
        except ValidationError as problem:
            first = problem.errors(include_url=False, include_input=False)[0]
            raise self.refusal(first["loc"], plain_reason(first)) from problem

    def refusal(self, loc: tuple[int | str, ...], reason: str) -> FileError:
        """A refusal of what stands at this place of the value."""
        line, field = _place(self.node, loc)
        return FileError(self.name, line, field, reason)


def read(path: Path, model: type[M]) -> M:
    """The file as a model."""
    return Source(path).model(model)


def _text(path: Path) -> str:
    if not path.is_file():
        raise FileError(path.name, None, None, f"is missing in {path.parent}")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileError(path.name, None, None, f"is larger than {MAX_BYTES // 1024} KiB")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = path.read_bytes()[: problem.start].count(b"\n") + 1
        raise FileError(path.name, line, None, "is not UTF-8 text") from problem
    except OSError as problem:
        raise FileError(path.name, None, None, f"cannot be read: {problem.strerror}") from problem


def _composed(name: str, text: str) -> yaml.Node | None:
    """The file as a tree with line numbers, after refusing what could be deep, huge or doubled."""
    try:
        depth = 0
        for number, event in enumerate(yaml.parse(text, Loader=_PlainLoader)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            line = event.start_mark.line + 1
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise FileError(name, line, None, "uses & or * references; write the value out")
            if getattr(event, "tag", None):
                raise FileError(name, line, None, "uses a ! tag; write the plain value")
            if depth > MAX_DEPTH or number > MAX_NODES:
                raise FileError(name, line, None, "is nested too deeply or has too many values")
        node = yaml.compose(text, Loader=_PlainLoader)
    except yaml.YAMLError as problem:
        raise FileError(name, _line_of(problem), None, _reason_of(problem)) from problem
    if node is not None:
        _refuse_doubles(name, node)
    return node


def _refuse_doubles(name: str, node: yaml.Node) -> None:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_doubles(name, item)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise FileError(name, line, None, "a field needs a plain name")
            if key.value in seen:
                raise FileError(name, line, key.value, "is written twice")
            seen.add(key.value)
            _refuse_doubles(name, value)


def _place(node: yaml.Node, loc: tuple[int | str, ...]) -> tuple[int, str]:
    """The line of what pydantic complains about, and its path in the file."""
    line, path = node.start_mark.line + 1, ""
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == step), None)
            path += f".{step}" if path else str(step)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line, path = node.start_mark.line + 1, f"{path}[{step + 1}]"
    return line, path


_SENTENCES = {
    "extra_forbidden": "is not a field we know; is it spelled right?",
    "missing": "is missing",
    "string_too_short": "is empty",
    "tuple_type": "must be a list",
    "dict_type": "must be a text, or texts by language (fi, sv, en)",
    "model_type": "must be a group of fields",
    "model_attributes_type": "must be a group of fields",
    "bool_parsing": "must be true or false",
    "int_parsing": "must be a whole number",
    "date_from_datetime_parsing": "must be a date such as 2026-12-24",
}


def plain_reason(error: dict) -> str:
    """What pydantic says of a value, in words for whoever wrote the file."""
    if error["loc"] and error["loc"][-1] == "[key]":
        return "is not a name we know here; is it spelled right?"
    if error["type"] == "literal_error":
        return f"must be {error['ctx']['expected']}"
    reason = _SENTENCES.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    return reason[0].lower() + reason[1:]


def _line_of(problem: yaml.YAMLError) -> int | None:
    mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
    return mark.line + 1 if mark else None


def _reason_of(problem: yaml.YAMLError) -> str:
    reason = getattr(problem, "problem", None) or getattr(problem, "reason", None) or "is not readable as YAML"
    return f"is not valid YAML: {' '.join(str(reason).split())[:200]}"
