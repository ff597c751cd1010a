"""Every error of a plan at once, in one line each, at the place where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.plan.errors import PlanError, PlanErrors
from bot.plan.faults import faults
from bot.plan.load import Source, load, read_file


@dataclass(frozen=True)
class Seed:
    """A fault put into a file: `old` becomes `new`; « in it (or before `at`, in `at_file`) is where the error must point."""

    file: str
    old: str
    new: str
    says: str | None
    at: str | None = None


SEEDS = (
    Seed("plan.yaml", "time_zone: ", "«time_zome: ", 'time_zome: unknown key "time_zome", did you mean "time_zone"?'),
    Seed("organisation.yaml", "group: tech\n", 'group: «"tehc"\n', 'posts.architect.group: no group "tehc", did you mean "tech"?'),
    Seed(
        "organisation.yaml",
        "    group: comms\n",
        "    «gruop: comms\n    group: comms\n",
        'posts.admin.gruop: unknown key "gruop", did you mean "group"?',
    ),
    Seed(
        "organisation.yaml",
        "exclusive_of: [commander, biz_",
        "exclusive_of: [«comander, biz_",
        'roles.tech_lead_on_incident.exclusive_of[0]: no role "comander", did you mean "commander"?',
    ),
    Seed(
        "obligations.yaml",
        "deciding: [2, 3, 4, 5, 6]",
        "deciding: [2, «9]",
        "obligations.cac_4h.deciding[1]: no question 9: there are 8",
    ),
    Seed(
        "obligations.yaml",
        "fill: {measures: 已采取措施}",
        "fill: {measures: «已取措施}",
        'obligations.food_accident.fill.measures: no field "已取措施", did you mean "已采取措施"?',
    ),
    Seed(
        "people.yaml",
        "deputies: [lianghong]",
        "deputies: [«lianhong]",
        'people.chenhai.deputies[0]: no person "lianhong", did you mean "lianghong"?',
    ),
    Seed(
        "people.yaml",
        "identities: {sandbox: chenhai}",
        "identities: {sandbox: chenhai, slakc: «U0AAA}",
        'people.chenhai.identities.slakc: no platform "slakc", did you mean "slack"?',
    ),
    Seed(
        "organisation.yaml",
        "    seats: [admin, pr]\n",
        "    seats: [admin, pr]\n    user_groups: {slack: S0COMMS, felshu: «g1}\n",
        'groups.comms.user_groups.felshu: no platform "felshu", did you mean "feishu"?',
    ),
    Seed(
        "plan.yaml",
        "rooms: []",
        "rooms: [feishu, «slak]",
        'rooms[1]: "slak" is none of feishu, slack, sandbox, did you mean "slack"?',
    ),
    Seed("people.yaml", "    posts: [pr]\n    deputies: [xunuo]\n", "    posts: [pr]\n", None),
    Seed(
        "duty.yaml",
        "people: [xunuo, jiangwen]",
        "people: «[jiangwen]",
        'rota[32].people: "pr" has no deputy: name a second person, or a deputy of jiangwen',
    ),
    Seed("duty.yaml", "people: [suqing, dongjie]", "people: [suqing, «xunuo]", 'rota[31].people[1]: xunuo does not fill post "admin"'),
    Seed(
        "duty.yaml",
        "{post: tech_lead, shift: always,",
        "{post: tech_lead, shift: «allways,",
        'rota[1].shift: no shift "allways", did you mean "always"?',
    ),
    Seed(
        "duty.yaml",
        "site: ningbo, shift: always, people: [yubo",
        "site: ningbo, shift: day, people: [yubo",
        'rota: nobody is on duty as "warehouse" at "ningbo" from Monday 00:00 to Monday 08:00',
        at="- {post: project_lead",
    ),
    Seed(
        "business.yaml",
        'aliases: ["仓储",',
        'aliases: ["上海仓",',
        'sites.shanghai.aliases[0]: "上海仓" already means warehouse',
        at='"上海仓", "上海", "沪仓"',
    ),
    Seed(
        "business.yaml",
        "fallback: pb_pay_offline",
        "fallback: «pb_pay_ofline",
        'services.pay.fallback: no playbook "pb_pay_ofline", did you mean "pb_pay_offline"?',
    ),
    Seed(
        "business.yaml",
        'start: "19:30"',
        'start: «"29:30"',
        'clock.windows.order_peak.start: "29:30" should be in a valid time format, hour value is outside expected range of 0-23',
    ),
    Seed(
        "severities.yaml",
        "    staffing:\n      roles: [commander, tech_lead_on_incident]\n",
        "    staffing:\n      «roles: []\n",
        "severities.minor.staffing: calls nobody",
    ),
    Seed(
        "severities.yaml",
        "ladder_min: [10, 20, 30]",
        "ladder_min: «[10, 30, 20]",
        "severities.severe.ladder_min: each step must come later than the one before, not 10, 30, 20",
    ),
    Seed(
        "severities.yaml",
        'short: {zh: "重大", en: "Major"}',
        '«short: {zh: "重大"}',
        'severities.major.short.en: "en" is missing: every text needs both languages',
    ),
    Seed(
        "severities.yaml",
        "verification_max: 5",
        "verification_max: «4",
        "severities.minor.verification_max: 5 items are asked at this level, at most 4",
    ),
    Seed(
        "grading.yaml",
        "3: [major, major, major]",
        "3: «[major, major]",
        "grading.matrix[3]: impact 3 needs three levels, one for each urgency; it has 2",
    ),
    Seed(
        "recovery.yaml",
        "      attest_by: [external_liaison, pr, service]\n",
        "",
        "closing.conditions[3]: nobody may sign for it: attest_by",
        at="id: c4",
    ),
    Seed(
        "checklists/fc_storage.yaml",
        "  - n: 3\n",
        "  - n: «5\n",
        "checklists.fc_storage.items[2].n: line 5 stands where line 3 should",
    ),
    Seed(
        "drills/D3.yaml",
        "  u_clock: 2\n",
        "",
        'drills.D3.grading_answers: question "u_clock" has no answer',
        at="q_scope: 2",
    ),
)


def sow(folder: Path, seeds: tuple[Seed, ...]) -> list[str]:
    """Put the faults in, and say what must be said about them."""
    for index, seed in enumerate(seeds):
        path = folder / seed.file
        text = path.read_text(encoding="utf-8")
        assert seed.old in text, seed
        text = text.replace(seed.old, seed.new.replace("«", f"«{index}»"), 1)
        if seed.at:
            text = text.replace(seed.at, f"«{index}»{seed.at}", 1)
        path.write_text(text, encoding="utf-8")
    lines = [f"{folder / seed.file}:{place(folder / seed.file, index)}: {seed.says}" for index, seed in enumerate(seeds) if seed.says]
    for file in {seed.file for seed in seeds}:
        path = folder / file
        path.write_text(re.sub("«[0-9]+»", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    return lines


def place(path: Path, index: int) -> str:
    before = re.sub(f"«(?!{index}»)[0-9]+»", "", path.read_text(encoding="utf-8")).partition(f"«{index}»")[0]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def test_many_faults_are_as_many_lines_each_at_its_place(folder: Path) -> None:
    expected = sow(folder, SEEDS)
    with pytest.raises(PlanErrors) as refused:
        load(folder)
    assert sorted(expected) == sorted(map(str, refused.value.errors))
    assert len(expected) == len(set(expected)) >= 20


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if seed.says and seed.file != "duty.yaml"], ids=lambda seed: seed.says[:40])
def test_a_fault_alone_is_one_line(source: Source, seed: Seed, folder: Path) -> None:
    [expected] = sow(folder, (seed,))
    told = read_one(source, folder, folder / seed.file)
    assert [expected] == told


def read_one(source: Source, folder: Path, path: Path) -> list[str]:
    """What is said of one changed file among the others, which need not be read again."""
    return [str(error) for error in errors_of_one(source, folder, path)]


def errors_of_one(source: Source, folder: Path, path: Path) -> list[PlanError]:
    only = Source(folder)
    read_file(only, path)
    data = dict(source.data)
    for name in [name for name, (file, _, _) in source.nodes.items() if Path(file).name == path.name and path.parent == folder]:
        data.pop(name, None)
    for name, value in only.data.items():
        data[name] = data[name] | value if path.parent != folder else value
    _, found = faults(data)
    return only.errors + [only.says(fault) for fault in found]


NASTY = (
    *(
        "{",
        "[",
        "]",
        "}",
        ": ",
        "- ",
        "&a ",
        "*a",
        "!!python/object:os.system ",
        "\x00",
        "\ufeff",
        "\u2028",
        "'",
        '"',
        "#",
        "|\n",
        "?",
        "~",
        "\t",
    ),
    *(
        "9" * 400,
        "1e999",
        ".nan",
        "-1",
        "true",
        "2026-99-99",
        "\n",
        "\n\n  ",
        "%YAML 9.9\n---\n",
        "...\n",
        "id: x\n",
        "hash: x\n",
        "𠮷",
        "[" * 300,
    ),
)


@st.composite
def damages(draw: st.DrawFn) -> list[tuple[float, int, str]]:
    """Where (a share of the text), how much is cut, what is put in."""
    part = st.tuples(st.floats(0, 1), st.integers(0, 40), st.one_of(st.sampled_from(NASTY), st.text(max_size=5)))
    return draw(st.lists(part, min_size=1, max_size=4))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(which=st.integers(0, 10_000), damage=damages())
def test_no_damage_draws_anything_but_plan_errors(
    which: int, damage: list[tuple[float, int, str]], source: Source, tmp_path_factory: pytest.TempPathFactory
) -> None:
    original = source.files[which % len(source.files)]
    folder = tmp_path_factory.getbasetemp() / "damaged"
    path = folder / original.relative_to(source.folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = original.read_text(encoding="utf-8")
    for share, cut, put in damage:
        at = int(share * len(text))
        text = text[:at] + put + text[at + cut :]
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    for error in errors_of_one(source, folder, path):
        assert error.file.endswith(("plan.yaml", path.name))
        assert 1 <= error.line <= text.count("\n") + 2
        assert error.message
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"", b"- a\n", b"just words", b"a: *b\n", b"groups: null\n", b"a: &a [*a]\n", b"? [a]\n: b\n", b"--- 1\n--- 2\n"],
)
def test_a_file_that_is_no_plan_file_is_said_to_be_none(source: Source, folder: Path, content: bytes) -> None:
    (folder / "severities.yaml").write_bytes(content)
    errors = errors_of_one(source, folder, folder / "severities.yaml")
    assert errors
    assert all(error.line >= 1 and error.column >= 1 for error in errors)


def test_a_key_in_two_files_is_refused_with_the_other_file_named(folder: Path) -> None:
    (folder / "zz.yaml").write_text("rota: []\n", encoding="utf-8")
    with pytest.raises(PlanErrors) as refused:
        load(folder)
    assert list(map(str, refused.value.errors)) == [
        'data/plan/zz.yaml:1:1: rota: "rota" stands a second time; the first is in data/plan/duty.yaml'
    ]


def test_a_folder_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(PlanErrors) as refused:
        load(tmp_path / "nowhere")
    assert [error.message for error in refused.value.errors] == ["no such folder; PLAN_DIR names the plan's folder"]


def test_an_id_beside_its_key_and_a_hash_are_refused(folder: Path) -> None:
    with (folder / "plan.yaml").open("a", encoding="utf-8") as file:
        file.write("hash: abc\n")
    text = (folder / "organisation.yaml").read_text(encoding="utf-8")
    (folder / "organisation.yaml").write_text(text.replace("  ecc:\n", "  ecc:\n    id: other\n", 1), encoding="utf-8")
    with pytest.raises(PlanErrors) as refused:
        load(folder)
    assert [str(error).split(": ", 1)[1] for error in refused.value.errors] == [
        'groups.ecc.id: unknown key "id": the key above is the id',
        'hash: unknown key "hash": it is made from the content',
    ]


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("name", {"zh": "a", "en": "b", "fr": "c"}, 'name.fr: unknown key "fr"'),
        ("name", {"zh": "a", "en": " "}, "name.en: is empty"),
        ("name", "方案", 'name: is "方案", not a list of keys, `key: value`'),
        ("version", 3.1, "version: is 3.1; it must be text: put it in quotes"),
        ("language", "zh", 'language: "zh" is none of zh-CN, en'),
        ("groups", [], "groups: is a list; it must be a list of keys, `key: value`"),
        ("rota", {}, "rota: is a list of keys; it must be a list: [a, b], or a line `- a` for each"),
        ("time_zone", "Asia/Shanghia", 'time_zone: no time zone "Asia/Shanghia", did you mean "Asia/Shanghai"?'),
        ("restore_order", None, "restore_order: is empty; it must be a list: [a, b], or a line `- a` for each"),
    ],
)
def test_a_wrong_value_is_one_line_that_says_what_would_be_right(source: Source, key: str, value: object, says: str) -> None:
    _, [fault] = faults({**source.data, key: value})
    assert str(source.says(fault)).split(": ", 1)[1] == says


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("wharehouse", "warehouse"),
        ("dev", "developer"),
        ("OPS", "ops"),
        ("仓储管理人员", "warehouse"),
        ("Test engineer", "tester"),
        ("qqq", None),
    ],
)
def test_the_right_word_is_found_by_spelling_by_beginning_and_by_what_people_call_it(
    source: Source, written: str, meant: str | None
) -> None:
    severities = source.data["severities"]
    minor = {**severities["minor"], "staffing": {**severities["minor"]["staffing"], "optional": [written]}}
    _, [fault] = faults({**source.data, "severities": {**severities, "minor": minor}})
    hint = f', did you mean "{meant}"?' if meant else ""
    assert fault.message == f'no post "{written}"{hint}'
