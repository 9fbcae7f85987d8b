"""Plausible names: surnames by how common they are in the region, given names by generation."""
import re
import tomllib
from datetime import date
from pathlib import Path
from random import Random

_TEXT = tomllib.loads((Path(__file__).parent / "data" / "names.toml").read_text(encoding="utf-8"))
WORDS = {key: text.split() for key, text in _TEXT.items()}
SURNAMES = {name: int(weight) for name, weight in re.findall(r"([^\d\s]+)(\d+)", _TEXT["surnames"])}
OFFICERS = WORDS["officers"]


def full_name(random: Random, *, male: bool, born: date) -> str:
    surname = random.choices(list(SURNAMES), list(SURNAMES.values()))[0]
    kind = "men" if male else "women"
    if born.year >= 2000:
        return surname + random.choice(WORDS[f"young_{kind}"])
    first, second = random.sample(WORDS[kind if born.year >= 1966 else f"older_{kind}"], 2)
    return surname + (first if random.random() < 0.12 else first + second)
