"""A strict reader of pack files: YAML in shape, text in content.

Of YAML only maps, lists and scalars are kept, and every scalar stays the text that was written: no
number, date or boolean is guessed (YAML 1.1 would read the key ``no`` as False). Anchors, aliases,
tags, duplicate keys, merge keys and a second document are refused, and so is a file that is too
large or too deep. Each value remembers its line, so that every later error can name its place.
"""

from __future__ import annotations

from typing import Any

import yaml

from policy.errors import PackError

MAX_BYTES = 1_000_000
MAX_DEPTH = 24


class Text(str):
    """A scalar as written, with its line."""

    __slots__ = ("line",)
    line: int

    @classmethod
    def at(cls, text: str, line: int) -> Text:
        made = cls(text)
        made.line = line
        return made


class Map(dict[str, Any]):
    """A map with its line, and the line of each key."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class Seq(list[Any]):
    """A list with its line."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


def read(file: str, text: str) -> Map:
    """The top map of a file. Raises PackError with file and line."""
    if len(text.encode()) > MAX_BYTES:
        raise PackError(file, "", "", f"the file is larger than {MAX_BYTES} bytes")
    return _Reader(file, text).top()


class _Reader:
    """Builds the tree from the parser's events, checking each."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.events = yaml.parse(text, Loader=yaml.CSafeLoader)

    def top(self) -> Map:
        try:
            found = [self._document(event) for event in self._inside()]
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise self._error(f"not readable: {getattr(error, 'problem', error)}", mark) from None
        if len(found) != 1:
            raise PackError(self.file, "", "", "the file must hold exactly one document")
        return found[0]

    def _inside(self) -> Any:
        for event in self.events:
            if not isinstance(event, yaml.StreamStartEvent | yaml.StreamEndEvent
                              | yaml.DocumentStartEvent | yaml.DocumentEndEvent):
                yield event

    def _document(self, event: Any) -> Map:
        tree = self._node(event, 1)
        if not isinstance(tree, Map):
            raise self._error("the file must hold a map", event.start_mark)
        return tree

    def _node(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self._error("anchors and aliases are not allowed", event.start_mark)
        if event.tag is not None:
            raise self._error(f"tags are not allowed: {event.tag}", event.start_mark)
        if depth > MAX_DEPTH:
            raise self._error(f"deeper than {MAX_DEPTH} levels", event.start_mark)
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            return Text.at(event.value, line)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(Seq(line), depth)
        return self._mapping(Map(line), depth)

    def _sequence(self, made: Seq, depth: int) -> Seq:
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            made.append(self._node(event, depth + 1))
        return made

    def _mapping(self, made: Map, depth: int) -> Map:
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._node(event, depth + 1)
            if not isinstance(key, Text) or not key or key == "<<":
                raise self._error("a key must be plain text", event.start_mark)
            if key in made:
                raise self._error(f"the key {key!r} is given twice", event.start_mark)
            made[str(key)] = self._node(next(self.events), depth + 1)
            made.lines[str(key)] = key.line
        return made

    def _error(self, message: str, mark: Any) -> PackError:
        place = f"{self.file}:{mark.line + 1}" if mark is not None else self.file
        return PackError(place, "", "", message)
