"""What a drawn card says to its reader: the words of its HTML without the tags, a line a paragraph."""

from __future__ import annotations

from html.parser import HTMLParser

BREAKS = frozenset({"div", "p", "li", "dt", "tr", "h3", "button", "option", "legend", "label", "br", "blockquote", "summary"})


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BREAKS:
            self.parts.append("\n")
        elif tag in ("td", "dd", "span"):
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def words(html: str) -> str:
    """The text, without empty lines and with single spaces."""
    parser = _Words()
    parser.feed(html)
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return "\n".join(filter(None, lines))
