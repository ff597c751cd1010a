"""The operator's door: `fenghuo <command>`. Help in one screen, a fault in one line on stderr, exit codes 0 done, 1 fault, 2 misuse.

Nothing heavy is imported before a command needs it, so that help comes at once.
"""

from __future__ import annotations

import errno
import gc
import importlib.metadata
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App as Command
from cyclopts import CycloptsError, Group, Parameter

if TYPE_CHECKING:
    from bot.app import App
    from bot.plan.schema import Plan
    from bot.settings import Settings

To = Annotated[Path | None, Parameter(alias="-o", help="写进这个文件 · Write into this file")]
RUN = Group("运行 · Run", sort_key=1)
PLAN = Group("方案 · Plan", sort_key=2)
KEEP = Group("照看 · Look after", sort_key=3)

cli = Command(
    name="fenghuo",
    help="烽火：在聊天里执行应急方案 · Fenghuo executes a written emergency plan in chat.",
    help_format="plaintext",
    help_formatter="plain",
    version=lambda: importlib.metadata.version("fenghuo"),
    group_commands=KEEP,
    exit_on_error=False,
    print_error=False,
    result_action="return_value",
)
plan = Command(name="plan", help="方案：check、show、card、schema · Check, show, print the plan.", group=PLAN)
audit = Command(name="audit", help="审计：verify · Verify the audit trail.", group=KEEP)
cli.command(plan)
cli.command(audit)


class Stop(Exception):
    """A fault that ends the command; `str()` is the one line on stderr."""


def main(words: Sequence[str] | None = None) -> int:
    """The exit code. `words` are the arguments, those of the process when None."""
    gc.set_threshold(50_000, 20, 20)  # imports and the plan are all kept: looking for garbage among them is a sixth of a start
    try:
        code = cli(words)
    except CycloptsError as error:
        return _complain(str(error), 2)
    except Stop as stop:
        return _complain(str(stop), 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read us (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def _complain(why: str, code: int) -> int:
    print("fenghuo:", " ".join(why.split()), file=sys.stderr)
    return code


def _settings(**overrides: object) -> Settings:
    """The settings of this machine, or one line that names the wrong one."""
    from bot.settings import SettingsError, load

    try:
        return load({name: value for name, value in overrides.items() if value is not None})
    except SettingsError as error:
        raise Stop(str(error)) from None


def _ready(settings: Settings) -> Settings:
    """The same settings, once the database they name has answered."""
    from bot.store.reach import Unreachable, reach

    try:
        reach(settings.database_url)
    except Unreachable as error:
        raise Stop(f"DATABASE_URL: {error}") from None
    return settings


@contextmanager
def _faults() -> Iterator[None]:
    """What can be wrong with the plan or the database, as one line."""
    from bot.plan.errors import PlanErrors
    from bot.settings import SettingsError
    from bot.store.database import Unavailable
    from bot.store.reach import Unreachable

    try:
        yield
    except PlanErrors as refused:
        more = f" (and {len(refused.errors) - 1} more: fenghuo plan check)" if len(refused.errors) > 1 else ""
        raise Stop(f"PLAN_DIR: {refused.errors[0]}{more}") from None
    except (Unavailable, Unreachable) as error:
        raise Stop(f"DATABASE_URL: {error}") from None
    except SettingsError as error:
        raise Stop(str(error)) from None


@contextmanager
def _house(**overrides: object) -> Iterator[App]:
    """The whole bot, built but not started: for commands that look or mend."""
    settings = _ready(_settings(**overrides))
    from bot import app

    with _faults(), app.build(settings) as house:
        yield house


def _listening(settings: Settings) -> Settings:
    """The same settings, once their address is known to be free."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            name = "PORT" if error.errno in (errno.EADDRINUSE, errno.EACCES) else "HOST"
            raise Stop(f"{name}: cannot listen on {settings.host}:{settings.port}: {error.strerror}") from None
    return settings


def _write(text: str, to: Path | None) -> None:
    if to is None:
        print(text)
    else:
        to.write_text(text, encoding="utf-8")


# --- run --------------------------------------------------------------------------------------------------------------------


@cli.command(group=RUN)
def demo(*, port: int | None = None) -> None:
    """在浏览器里试一遍，不要凭据 · Try it in the browser, without credentials."""
    settings = _listening(_ready(_settings(sandbox=True, port=port)))
    from bot import app

    with _faults():
        app.demo(settings)


@cli.command(group=RUN)
def serve(*, worker: Annotated[bool, Parameter(help="这个进程也执行动作 · Perform effects in this process too")] = True) -> None:
    """网页、接入和执行都在一个进程 · Web, ears and worker in one process."""
    settings = _listening(_settings())
    from bot import app, public

    with _faults():
        if public.wait_for_database(settings):
            app.serve(settings, worker=worker)


@cli.command(group=RUN)
def work() -> None:
    """只执行动作 · The worker alone."""
    settings = _ready(_settings())
    from bot import app

    with _faults():
        app.work(settings)


@cli.command(group=RUN)
def migrate() -> None:
    """把数据库升到这个版本 · Bring the database to this version."""
    settings = _ready(_settings())
    from bot.store.migrate import migrate

    with _faults():
        migrate(settings.database_url)
    print("the database is of this version")


# --- plan -------------------------------------------------------------------------------------------------------------------


def _plan(folder: Path | None) -> Plan:
    """The plan of a folder, by default the one in force."""
    from bot.plan.load import load

    with _faults():
        return load(folder or _settings().plan_dir)


@plan.command
def check(folder: Path | None = None, /) -> int:
    """全部错误，每条有文件、行、列 · All errors at once, as file:line:column."""
    from bot.plan import commands

    place = folder or _settings().plan_dir
    found = commands.check(place, datetime.now(UTC).date())
    print(*found.errors or (f"{place}: ok",), *found.notes, sep="\n")
    return 1 if found.errors else 0


@plan.command
def show(folder: Path | None = None, /, *, language: str | None = None) -> None:
    """方案一屏 · The plan in one screen."""
    from bot import overview

    print(overview.overview(_plan(folder), _settings(language=language).language))


@plan.command
def card(*people: str, to: To = None) -> None:
    """口袋卡，一页可打印的 HTML；不给人名就是全部 · Pocket cards as a page to print."""
    from bot.plan import commands

    found = _plan(None)
    by_name = {word: one for one in found.people.values() for word in (one.id, one.name, one.name_en)}
    unknown = [name for name in people if name not in by_name]
    if unknown:
        raise Stop(f"nobody in the plan is called {', '.join(unknown)}")
    _write(commands.pocket_page(found, tuple(by_name[name] for name in people) or None), to)


@plan.command
def schema(kind: Literal["plan", "checklist", "playbook", "drill"] = "plan", /) -> None:
    """给编辑器用的 JSON Schema · A JSON Schema for editors."""
    from bot.plan import commands

    print(commands.schema(kind), end="")


# --- look after -------------------------------------------------------------------------------------------------------------


@cli.command
def doctor() -> int:
    """体检，一项一行 · Check settings, database, plan, platforms and clock."""
    from bot import doctor

    findings = doctor.examine()
    for finding in findings:
        print(finding)
    return 1 if any(not finding.well for finding in findings) else 0


@cli.command
def stuck() -> int:
    """发不出去的动作 · Effects that cannot be performed."""
    with _house() as house:
        found = house.service.stuck()
    for one in found:
        print(f"{one.id}  {one.record}  {one.platform}  {type(one.effect).__name__}  {one.status} x{one.attempts}  {one.why}")
    return 0


@cli.command
def retry(*ids: int) -> None:
    """再试一次，不给编号就是全部 · Try parked effects again: these, or all."""
    with _house() as house:
        chosen = ids or tuple(one.id for one in house.service.stuck() if one.status == "parked")
        print(f"{house.service.retry(*chosen) if chosen else 0} to be tried again")


@cli.command
def backup(file: Path, /) -> None:
    """把数据库抄成一个文件 · Copy the database into one file."""
    from bot.store import backup

    settings = _ready(_settings())
    try:
        size = backup.backup(settings.database_url, file)
    except backup.NoCopy as error:
        raise Stop(str(error)) from None
    print(f"{file}  {size} bytes")


@cli.command
def restore(file: Path, /) -> None:
    """从抄件恢复，原来的留着 · Put a copy back; what stood there is kept."""
    from bot.store import backup

    settings = _ready(_settings())
    try:
        kept = backup.restore(settings.database_url, file)
    except backup.NoCopy as error:
        raise Stop(str(error)) from None
    print(f"restored from {file}" + (f"; the former database is {kept}" if kept else ""))


@cli.command
def export(
    record: str | None = None,
    /,
    *,
    to: To = None,
    language: str | None = None,
    evidence: Annotated[Path | None, Parameter(help="证据包写进这个 ZIP · Write the evidence pack into this ZIP")] = None,
    verify: Annotated[Path | None, Parameter(help="核对一个证据包 · Check an evidence pack")] = None,
) -> int:
    """复盘稿，Markdown；或证据包 · The postmortem as Markdown, or the evidence pack."""
    if verify is not None:
        return _checked(verify, record)
    if record is None:
        raise Stop("name a record: fenghuo export INC-1")
    with _house(language=language) as house:
        found = house.evidence(record.upper()) if evidence else house.document(record.upper(), "postmortem", house.settings.language)
    if isinstance(found, str):
        _write(found, to)
    elif found is not None and evidence is not None:
        from bot.evidence import verify as look

        evidence.write_bytes(found)
        print(f"{evidence}  {len(found)} bytes\nfingerprint {look(found).fingerprint}")
    else:
        raise Stop(f"no record {record}")
    return 0


def _checked(file: Path, record: str | None) -> int:
    """The pack against itself; with a record, against what is stored of it too."""
    from bot.evidence import Row
    from bot.evidence import verify as look

    stored: Sequence[Row] | None = None
    if record is not None:
        from bot.casefile import rows

        with _house() as house:
            whole = house.service.whole(record.upper())
        if whole is None:
            raise Stop(f"no record {record}")
        stored = rows(whole)
    try:
        verdict = look(file.read_bytes(), stored)
    except OSError as error:
        raise Stop(f"{file}: {error.strerror}") from None
    print(*verdict.faults or (f"ok  {verdict.record}  {verdict.events} events",), sep="\n")
    if verdict.fingerprint:
        print(f"fingerprint {verdict.fingerprint}")
    return 1 if verdict.faults else 0


@audit.command
def verify() -> int:
    """事件重放一遍，与存下的状态比对 · Fold all events and compare with the stored states."""
    from bot import audit

    with _house() as house:
        verdicts = audit.verify(house.service)
    for verdict in verdicts:
        print(verdict)
    return 1 if any(verdict.fault for verdict in verdicts) else 0
