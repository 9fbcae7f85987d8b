"""Reading a page as an officer does: the words that are to be seen, without scripts, styles and icon names."""
import re
from html.parser import HTMLParser

SILENT = {"script", "style", "template", "svg"}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
SPOKEN = ("placeholder", "title", "aria-label", "alt", "data-label")
ENGLISH = re.compile(r"[A-Za-z]{3,}")
# Words that officers know in Latin letters; codes and numbers are left out by their form.
KNOWN = {"PDF", "CSV", "xlsx", "Excel", "JPG", "PNG", "esc", "ALS", "HIV", "CKD"}
CODES = re.compile(
    r"\b(?:LX|BF|TZ)\d+[\d-]*|\bBZ-[A-Z0-9]+-[\d.]+|\bBZ-2D-[A-Z]+|\bNA-[\d.]+|\b[A-Z]+\d+(?:\.[\dx]+)?\b"
)


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.stack: list[tuple[str, bool]] = []
        self.silences = 0
        self.links: list[str] = []
        self.feed(html)

    @property
    def silent(self) -> bool:
        return self.silences > 0

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if not self.silent and "material-symbols-outlined" not in (given.get("class") or ""):
            self.words += [given[name] for name in SPOKEN if given.get(name)]
        if tag not in VOID:
            hidden = tag in SILENT or "material-symbols-outlined" in (given.get("class") or "")
            self.stack.append((tag, hidden))
            self.silences += hidden

    def handle_endtag(self, tag):
        while self.stack:
            opened, hidden = self.stack.pop()
            self.silences -= hidden
            if opened == tag:
                return

    def handle_data(self, data):
        if not self.silent and data.strip():
            self.words.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return "\n".join(self.words)

    def english(self) -> list[str]:
        """Words in Latin letters that no officer should meet."""
        return sorted({
            word for line in self.words for word in ENGLISH.findall(CODES.sub(" ", line)) if word not in KNOWN
        })


def read(response) -> Page:
    return Page(response.content.decode())
