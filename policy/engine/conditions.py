"""Conditions and choices: who and what a step is for, as data.

A condition is a map; all of its keys must hold, each against one word or any of a list::

    when: {tag: [retired], place: local, not: {disease: [special]}}

A choice names the first case whose condition holds; its name can be a dimension of figures and a key of other
conditions::

    choices:
      area:
        cases: [{is: local, when: {place: local}}, …, {is: other}]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from policy.engine.entry import Entry

if TYPE_CHECKING:
    from policy.engine.writer import Writer
    from policy.pack import Pack

PLACES = ("local", "in_province", "out_of_province", "county", "city", "province")
FILINGS = ("none", "long_term", "temporary", "referred", "emergency")
_WORDS = {"place": PLACES, "filing": FILINGS, "mode": ("single_disease", "ordinary")}
_FLAGS = ("referred", "direct", "own_fault", "admission_covered", "looks_back")


def condition(writer: Writer, entry: Entry) -> str:
    """The condition as a Python expression."""
    parts = [_part(writer, entry, key) for key in entry.raw]
    if not parts:
        raise entry.error("when", "an empty condition")
    return " and ".join(parts)


def _part(writer: Writer, entry: Entry, key: str) -> str:
    if key in _KINDS:
        return _KINDS[key](writer, entry, key)
    if key in writer.target.pack.section("choices"):
        return _word(choice(writer, key, entry), _known(entry, key, _results(writer, key)))
    known = ", ".join([*_KINDS, *writer.target.pack.section("choices")])
    raise entry.error(key, f"unknown condition; known: {known}")


def _known(entry: Entry, key: str, allowed: tuple[str, ...]) -> list[str]:
    found = entry.names(key)
    for word in found:
        if word not in allowed:
            raise entry.error(key, f"{word!r} is none of {', '.join(allowed)}")
    return found


def _word(variable: str, words: list[str]) -> str:
    if len(words) == 1:
        return f"{variable} == {words[0]!r}"
    return f"{variable} in {tuple(words)!r}"


def _fact(writer: Writer, entry: Entry, key: str) -> str:
    allowed = _WORDS.get(key) or writer.target.pack.keys("level")
    return _word(writer.fact(key), _known(entry, key, allowed))


def _flag(writer: Writer, entry: Entry, key: str) -> str:
    wanted = _known(entry, key, ("yes", "no"))[0]
    return writer.fact(key) if wanted == "yes" else f"not {writer.fact(key)}"


def _tag(writer: Writer, entry: Entry, key: str) -> str:
    """`tag`: what holds on the day; `relief_tag`: with it what is recognised for relief alone, looking back."""
    words, held = entry.names(key), writer.fact("tags" if key == "tag" else "relief_tags")
    if len(words) == 1:
        return f"{words[0]!r} in {held}"
    return f"not {writer.constant(frozenset(words))}.isdisjoint({held})"


def _disease(writer: Writer, entry: Entry, key: str) -> str:
    return f"{writer.fact('disease')} in {writer.constant(disease_set(writer.target.pack, entry, key))}"


def _degree(writer: Writer, entry: Entry, key: str) -> str:
    """The word that a care bill carries in `disease`."""
    return _word(writer.fact("disease"), entry.names(key))


def _scheme(writer: Writer, entry: Entry, key: str) -> str:
    """A plan is compiled for one scheme, so this is decided when it is compiled."""
    return repr(writer.target.scheme in _known(entry, key, writer.target.pack.keys("scheme")))


def _paid_elsewhere(writer: Writer, entry: Entry, key: str) -> str:
    """Whether relief is paid alone: a function is compiled for one or the other."""
    return repr(writer.target.alone == (_known(entry, key, ("yes", "no"))[0] == "yes"))


def _certified(writer: Writer, entry: Entry, key: str) -> str:
    if entry.names(key) == ["disease"]:
        return f"{writer.fact('disease')} in {writer.fact('certs')}"
    diseases = writer.constant(disease_set(writer.target.pack, entry, key))
    return f"not {diseases}.isdisjoint({writer.fact('certs')})"


def _certificate_before(writer: Writer, entry: Entry, key: str) -> str:
    return f"{writer.fact('cert_from')} < {_figure(writer, entry, key, 'day')}"


def _age_from(writer: Writer, entry: Entry, key: str) -> str:
    return f"{writer.fact('age')} >= {_figure(writer, entry, key, 'count')}"


def _rescue_days(writer: Writer, entry: Entry, key: str) -> str:
    return f"{writer.fact('rescue_days')} >= {_figure(writer, entry, key, 'count')}"


def _has(writer: Writer, entry: Entry, key: str) -> str:
    if writer.in_choice:
        raise entry.error(key, "a choice is made before any step: it cannot read a register")
    return f"{writer.register(entry.text(key), entry, key)[0]} > 0"


def _not(writer: Writer, entry: Entry, key: str) -> str:
    return f"not ({condition(writer, entry.entry(key))})"


def _any(writer: Writer, entry: Entry, key: str) -> str:
    return "(" + " or ".join(f"({condition(writer, each)})" for each in entry.entries(key)) + ")"


_KINDS: dict[str, Callable[[Writer, Entry, str], str]] = {
    "tag": _tag, "relief_tag": _tag, "disease": _disease, "degree": _degree, "scheme": _scheme, "certified": _certified,
    "paid_elsewhere": _paid_elsewhere,
    "certificate_before": _certificate_before, "age_from": _age_from, "rescue_days_from": _rescue_days, "has": _has,
    "not": _not, "any": _any, "level": _fact, **dict.fromkeys(_WORDS, _fact), **dict.fromkeys(_FLAGS, _flag),
}  # fmt: skip


def _figure(writer: Writer, entry: Entry, key: str, kind: str) -> str:
    """A cited figure (an age, a number of days, a day) as a constant."""
    target = writer.target
    name = entry.text(key)
    if name not in target.pack.tables:
        raise entry.error(key, f"the pack has no figure {name!r}")
    figure = target.pack.figure(name, on=target.day, supplied=target.supplied)
    if figure.kind != kind:
        raise entry.error(key, f"{name!r} is not of the kind {kind}")
    return writer.constant(figure.value)


def disease_set(pack: Pack, entry: Entry, key: str) -> frozenset[str]:
    """Diseases named by class, by a list of the pack, or by ID."""
    classes = pack.disease_classes
    found: set[str] = set()
    for word in entry.names(key):
        if word in classes:
            found.update(classes[word])
        elif word in pack.section("lists"):
            found.update(pack.words(word))
        elif word in pack.section("diseases"):
            found.add(word)
        else:
            raise entry.error(key, f"no disease and no class of diseases: {word!r}")
    return frozenset(found)


def choice(writer: Writer, name: str, entry: Entry) -> str:
    """The variable that holds a choice; its cases are written once, before the body."""
    if name in writer.choices:
        return writer.choices[name]
    variable = f"choice_{name}"
    own = _entry(writer, name)
    own.only("label", "cases")
    cases = own.entries("cases")
    lines = []
    writer.in_choice = True
    for number, case in enumerate(cases):
        case.only("is", "label", "when")
        if case.has("when") == (number == len(cases) - 1):
            raise case.error("when", "every case but the last has a condition, the last has none")
        if case.has("when"):
            lines.append(f"    {'el' if number else ''}if {condition(writer, case.entry('when'))}:")
        else:
            lines.append("    else:" if number else "    if True:")
        lines.append(f"        {variable} = {case.text('is')!r}")
    writer.in_choice = False
    writer.choices[name] = variable
    writer.choice_lines += lines
    return variable


def _results(writer: Writer, name: str) -> tuple[str, ...]:
    return tuple(case.text("is") for case in _entry(writer, name).entries("cases"))


def _entry(writer: Writer, name: str) -> Entry:
    pack = writer.target.pack
    return Entry(pack.source("choices", name), f"choices.{name}", pack.section("choices")[name])


def key_variable(writer: Writer, dimension: str) -> str:
    """The variable whose value picks the row of a table: a choice, or a fact of the bill."""
    if dimension in writer.target.pack.section("choices"):
        pack = writer.target.pack
        return choice(writer, dimension, Entry(pack.source("choices", dimension), dimension, pack.section("choices")))
    return writer.fact("disease" if dimension.startswith("disease.") else dimension)
