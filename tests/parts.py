"""The parts that tests need and pip cannot bring: Chromium, PostgreSQL's server, a font with Chinese, the oracles, Feishu's schemas.

`python -m tests.parts` puts in what is missing when it may (root on Debian) and else says how to get it. With CI=true a missing
part is a fault (exit 1); without, the tests that need it are left out and named at the end of the run (tests/conftest.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

DEBIAN = Path("/etc/debian_version")


@dataclass(frozen=True, slots=True)
class Part:
    """`mark` is the pytest marker of the tests that need it; `found` says where it is, or None."""

    name: str
    mark: str
    package: str
    elsewhere: str
    found: Callable[[], str | None]


def chromium() -> str | None:
    """The browser's executable. CHROMIUM names another one."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def postgres() -> str | None:
    """The folder of initdb and postgres: Debian keeps it outside PATH, under its version."""
    beside = shutil.which("initdb")
    folders = [Path(beside).parent] if beside else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((str(folder) for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def font() -> str | None:
    """The file of a font that can draw Chinese; without one every screenshot shows empty boxes."""
    if shutil.which("fc-list") is None:
        return None
    listed = subprocess.run(["fc-list", ":lang=zh-cn", "file"], capture_output=True, text=True, check=False).stdout
    return next((line.rstrip(": ") for line in listed.splitlines() if line.strip()), None)


ORACLES = Path(__file__).resolve().parents[2] / "shared" / "oracles"


def oracles() -> str | None:
    """The folder of the judges written from the platforms' own definitions: it lies beside the checkout, not in it."""
    return str(ORACLES) if ORACLES.is_dir() else None


JUDGE = Path(__file__).resolve().parents[1] / ".venv" / "feishu_requests"
CHECK = ORACLES / "feishu_requests" / "check.cjs"
SCHEMAS = {"@larksuiteoapi/lark-mcp": "0.5.1", "zod": "3.25.76"}
WANTED = "package/dist/mcp-tool/tools/zh/gen-tools/zod/"  # of lark-mcp, all that the judge reads


def judge() -> str | None:
    """The folder where node can run the judge of requests to Feishu, beside the schemas it reads."""
    return str(JUDGE) if shutil.which("node") and CHECK.exists() and (JUDGE / "check.cjs").exists() else None


def set_up_judge() -> None:
    """Two packages by npm, without what they depend on: no code of theirs is run but the schemas."""
    if not (shutil.which("npm") and shutil.which("node") and CHECK.exists()):
        return
    with tempfile.TemporaryDirectory() as folder:
        wanted = [f"{name}@{version}" for name, version in SCHEMAS.items()]
        done = subprocess.run(["npm", "pack", "--silent", *wanted], cwd=folder, check=False, stdout=subprocess.DEVNULL)
        packed = {path.name: path for path in Path(folder).glob("*.tgz")}
        if done.returncode or len(packed) != len(SCHEMAS):
            return
        for name, version in SCHEMAS.items():
            with tarfile.open(packed[f"{name.lstrip('@').replace('/', '-')}-{version}.tgz"]) as archive:
                inside = [each for each in archive.getmembers() if name == "zod" or each.name.startswith(WANTED)]
                archive.extractall(Path(folder) / "out" / name, inside, filter="data")
        shutil.rmtree(JUDGE, ignore_errors=True)
        for name in SCHEMAS:
            shutil.copytree(Path(folder) / "out" / name / "package", JUDGE / "node_modules" / name)
    shutil.copyfile(CHECK, JUDGE / "check.cjs")  # the last, since it says that all is there


PARTS = (
    Part("Chromium", "browser", "chromium", "https://www.chromium.org/, or CHROMIUM=<path of the executable>", chromium),
    Part("a font with Chinese", "browser", "fonts-noto-cjk fontconfig", "the Noto Sans CJK fonts of your system", font),
    Part("PostgreSQL's server", "postgres", "postgresql", "a PostgreSQL server, 13 or later, with initdb on PATH", postgres),
    Part("the oracles", "oracle", "", "lay the folder shared/ beside the checkout", oracles),
    Part("Feishu's request schemas", "schemas", "", "install Node.js with npm, then: python -m tests.parts", judge),
)


def missing() -> tuple[Part, ...]:
    return tuple(part for part in PARTS if part.found() is None)


def install(parts: tuple[Part, ...]) -> None:
    """By apt, quietly; a failure shows in what is still missing afterwards and in apt's own words on stderr."""
    packages = [package for part in parts for package in part.package.split()]
    if not packages:
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False, stdout=subprocess.DEVNULL)
    subprocess.run(
        ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages], env=quiet, check=False, stdout=subprocess.DEVNULL
    )


def how(part: Part) -> str:
    debian = f"on Debian: apt-get install {part.package}; elsewhere: " if part.package else ""
    return f"missing: {part.name}; {debian}{part.elsewhere}"


def main() -> int:
    absent = missing()
    if any(part.package for part in absent) and DEBIAN.exists() and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing {', '.join(part.name for part in absent if part.package)} with apt")
        install(absent)
        absent = missing()
    if judge() is None:
        set_up_judge()
        absent = missing()
    for part in absent:
        print(how(part), file=sys.stderr)
    return 1 if absent and os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
