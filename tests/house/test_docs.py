"""Documents and code agree: what exists is written down, and what is written down exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from cyclopts import App

from bot.cli import cli
from bot.settings import meanings
from tests.house.tree import HOUSE, files, text

DOCUMENTS = sorted(str(path.relative_to(HOUSE)) for path in files() if path.suffix == ".md")


def commands(app: App, before: str = "fenghuo") -> Iterator[str]:
    """Every command that does something, as it is typed."""
    for name in app:
        if name.startswith("-"):
            continue
        child = app[name]
        if child.default_command:
            yield f"{before} {name}"
        else:
            yield from commands(child, f"{before} {name}")


def first_cells(document: str, pattern: str) -> list[str]:
    """The first cells of the rows of tables that match."""
    return re.findall(rf"^\| `({pattern})` \|", text(document), re.MULTILINE)


def test_every_setting_is_in_the_operators_table_with_its_meaning_and_default() -> None:
    rows = [line for line in text("docs/operator.md").splitlines() if re.match(r"\| `[A-Z_]+` \|", line)]
    expected = [
        f"| `{meaning.name}` | {meaning.says.zh} | {meaning.says.en} | {f'`{meaning.default}`' if meaning.default else ''} |"
        for meaning in meanings()
    ]
    assert rows == expected


def test_every_command_is_in_the_operators_table() -> None:
    assert sorted(first_cells("docs/operator.md", "fenghuo [a-z ]+")) == sorted(commands(cli))


def test_every_make_target_is_in_the_operators_table() -> None:
    targets = re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE)
    assert first_cells("docs/operator.md", "make [a-z]+") == [f"make {target}" for target in targets]
    assert {"install", "demo", "test", "soak", "bench"} <= set(targets)


def test_the_readme_starts_with_two_commands_that_exist() -> None:
    block = re.search(r"## 两条命令.*?```\n(.*?)```", text("README.md"), re.DOTALL)
    assert block is not None
    assert [line.split("#")[0].strip() for line in block[1].splitlines()] == ["make demo", "make test"]


def test_the_readme_makes_five_promises_in_both_languages() -> None:
    promises = re.findall(r"^\d\. \*\*", text("README.md"), re.MULTILINE)
    english = re.search(r"Five promises: (.*?)\.\n\n", text("README.md"), re.DOTALL)
    assert english is not None
    assert len(promises) == len(english[1].split("·")) == 5


def test_the_changelog_says_what_is_not_released_yet() -> None:
    heads = re.findall(r"^## (.*)$", text("CHANGELOG.md"), re.MULTILINE)
    assert heads[0] == "Unreleased"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_inside_the_house_leads_somewhere(document: str) -> None:
    here = (HOUSE / document).parent
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text(document))
    dead = [link for link in links if not re.match(r"https?:|mailto:", link) and not (here / link).exists()]
    assert dead == []


def test_every_decision_is_in_the_index_and_says_why_what_and_what_follows() -> None:
    records = sorted(name for name in DOCUMENTS if re.match(r"docs/decisions/\d{4}-", name))
    listed = re.findall(r"\]\((\d{4}-[^)]+\.md)\)", text("docs/decisions/index.md"))
    assert [f"docs/decisions/{name}" for name in listed] == records
    for number, name in enumerate(records, 1):
        assert name.startswith(f"docs/decisions/{number:04d}-")
        assert re.findall(r"^## (.*)$", text(name), re.MULTILINE) == ["Why", "What", "What follows"]


def test_ci_runs_the_suite_a_newcomer_runs() -> None:
    assert re.search(r"^export CI=true$", text(".ci/run"), re.MULTILINE)
    assert re.search(r"^exec make test$", text(".ci/run"), re.MULTILINE)
