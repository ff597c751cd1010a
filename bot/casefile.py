"""What a record's evidence consists of, as files: what was decided, said, asked, reported, under which plan, in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.core import timeline
from bot.core.incident import Incident
from bot.core.outward import duty_paper
from bot.core.outward.state import Outward
from bot.evidence import Case, Row
from bot.plan.schema import Plan
from bot.service import Service, Whole
from bot.store.codec import Codec
from bot.words import LANGUAGES, Language, Text

Words = Callable[[Text, Language], str]
Document = Callable[[str, Language], str | None]
OUTWARD: Codec[Outward] = Codec(Outward)
ABOUT = """# {record} 证据包 · Evidence pack

这个压缩包是烽火里 {record} 的全部记录，按方案 v{version}（{hash}）执行。
This archive is everything that Fenghuo has stored of {record}, which ran under plan v{version} ({hash}).

| 文件 File | 内容 What it is |
|---|---|
| `events.jsonl` | 每个事件一行，按顺序，每行带上一行的哈希 · every event in order, each with the hash of the one before |
| `decisions.json` | 决定：谁、何时、定了什么 · decisions: who, when, what |
| `timeline.zh-CN.md` `timeline.en.md` | 时间线，一事一句 · the timeline, one sentence each |
| `notices.json` `notices/` | 对外通知：全文、修改、签字、每个收件人的结果 · texts, edits, signatures, deliveries |
| `inquiries.json` | 外面的问题、口径、答复 · questions from outside, agreed answers, what was said |
| `duties.json` `duties/` | 上报的研判、草稿、提交凭据 · duties: assessment, drafts, receipts |
| `contacts.json` | 承诺和外联记录 · promises and talks |
| `documents/` | 复盘稿 · the postmortem |
| `state.json` `plan.json` | 状态和当时的方案 · the state, and the plan in force then |
| `manifest.json` | 每个文件的 SHA-256 · the SHA-256 of every file |

核对 · To check: `fenghuo export --verify FILE.zip`；和数据库比 · against the database: `fenghuo export {record} --verify FILE.zip`。

改了、少了、多了、换了位置的文件或事件都会指出来。整包重做会得到另一个指纹：把打包时的指纹另外记下来。
A changed, removed, added or moved file or event is named. A pack made anew as a whole has another fingerprint: note the first elsewhere.
"""


def case(service: Service, record: str, words: Words, document: Document) -> Case | None:
    """None when there is no such incident or drill."""
    whole = service.whole(record)
    if whole is None:
        return None
    plan, state = service.plan_of(record), whole.state
    files = {
        "README.md": ABOUT.format(record=record, version=plan.version, hash=plan.hash),
        "state.json": _pretty(json.loads(whole.kept)),
        "plan.json": _pretty(plan.model_dump(mode="json")),
        **_told(whole, plan, words),
        **_outward(state),
        **_texts(state, plan),
        **{f"documents/postmortem.{language}.md": document(record, language) or "" for language in LANGUAGES},
    }
    return Case(record, plan.version, plan.hash, rows(whole), {name: text.encode() for name, text in files.items()})


def rows(whole: Whole) -> tuple[Row, ...]:
    """The events as they are chained."""
    return tuple(Row(one.seq, one.kind, one.body, one.by, one.at, one.request) for one in whole.happened)


def _told(whole: Whole, plan: Plan, words: Words) -> Mapping[str, str]:
    entries = timeline.timeline(whole.events, plan)
    decided = [
        {"seq": one.seq, "at": one.at.isoformat(), "by": one.by, **{language: words(one.text, language) for language in LANGUAGES}}
        for one in entries
        if one.kind == "decision"
    ]
    told = {
        f"timeline.{language}.md": "".join(f"- {one.at.isoformat()} {one.by or '-'} {words(one.text, language)}\n" for one in entries)
        for language in LANGUAGES
    }
    return {"decisions.json": _pretty(decided), **told}


def _outward(state: Incident) -> Mapping[str, str]:
    """Every field that is stored, by its own name."""
    kept = json.loads(OUTWARD.dump(state.outward))
    return {
        "notices.json": _pretty(kept["notices"]),
        "inquiries.json": _pretty({"inquiries": kept["inquiries"], "topics": kept["topics"]}),
        "duties.json": _pretty(kept["duties"]),
        "contacts.json": _pretty({"promises": kept["promises"], "talks": kept["talks"]}),
    }


def _texts(state: Incident, plan: Plan) -> Mapping[str, str]:
    """The words themselves, as they stood at the end."""
    found: dict[str, str] = {}
    for notice in state.outward.notices:
        found[f"notices/{notice.id}.zh-CN.txt"] = notice.text.zh + "\n"
        found[f"notices/{notice.id}.en.txt"] = notice.text.en + "\n"
    for duty in state.outward.duties:
        if duty.draft and duty.id in plan.obligations:
            found[f"duties/{duty.id}.txt"] = duty_paper.text(state, plan, duty)
    return found


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
