"""What Feishu's error codes mean for us: wait, wait in doubt, or give up with words that name the fix.

The table is complete for every call that we make (tests/feishu/hands/test_faults.py holds it to Feishu's own lists). A code that nobody
has listed is a refusal with the code in it: seen by people, logged, tried again by hand. Feishu's HTTP status says less than the code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.errors import Never
from bot.words import Line, Text, line


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now. `seconds` None leaves open whether it was done. `loud` needs an operator: nothing is lost meanwhile, nothing goes out."""

    seconds: float | None
    loud: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Not as things stand. `ours`: we sent what Feishu cannot read, which is for whoever maintains this program."""

    why: Line
    ours: bool = False


class Denied(Never):
    """Feishu's refusal of one call. `code` and `data` are for a caller who knows a way round; `log_id` is what its support asks for."""

    reached = True

    def __init__(self, why: Text, call: str, code: int, data: Mapping[str, object], log_id: str = "") -> None:
        super().__init__(why)
        self.call, self.code, self.data, self.log_id = call, code, data, log_id

    def __str__(self) -> str:
        return f"{self.call}: {self.code} (log_id {self.log_id or '?'})"


CROWDED = 1.0  # seconds, where Feishu says "too many" and not until when
OPERATOR = 60.0  # seconds between tries while somebody must repair the app
STALE = frozenset({99991661, 99991663, 99991664, 99991665, 99991666, 99991667, 99991668, 99991671})
"""Our token is worth nothing: a new one, and once more."""
SCOPES = frozenset({99991672, 99991679, 230027, 232014, 234002})
"""A scope is missing; Feishu's answer names it, or a few of which one is enough."""
SCOPE = re.compile(r"[a-z_]+(?::[a-z_.]+)+(?::[a-z_]+)?")

_AUTH = Wait(OPERATOR, "Feishu takes our token no more (%s): check FEISHU_APP_ID and FEISHU_APP_SECRET and restart; all that is due waits")
_APP = Wait(OPERATOR, "our app is not in use in this tenant (%s): have a Feishu admin enable it; all that is due waits")
_BOT = Wait(OPERATOR, "our app is no bot (%s): enable Bot in Feishu's developer console and publish a version; all that is due waits")
_PLACE = Wait(OPERATOR, "Feishu does not take calls from this address (%s): add it to the app's IP allow list; all that is due waits")
_DOUBT = Wait(None)
_OURS = Refusal(line("烽火发给飞书的内容格式不对。把这一行和日志发给维护烽火的人。"), ours=True)
_OUT = Refusal(line("烽火不在这个群里：在群设置的「群机器人」里加回烽火，再重试"))
_NO_ROOM = Refusal(line("飞书里找不到这个群：核对群的编号，或在方案里换一个群"))
_DISSOLVED = Refusal(line("群已在飞书里解散，历史也没有了：换一个群，或新开一个"))
_KIND = Refusal(line("飞书的这类会话或消息不支持这一步：换一个普通群"))
_RULES = Refusal(line("企业的规定拦下了：请飞书管理员对烽火放开，再重试"))
_SETTINGS = Refusal(line("群设置不让烽火这样做：请群主把烽火设为群管理员，再重试"))
_OWNER = Refusal(line("群主才能做这一步：请群主把群转让给烽火，再重试"))
_TENANT = Refusal(line("对方或群属于别的企业：换成本企业的"))
_EXTERNAL = Refusal(line("外部的人或外部群：请飞书管理员为烽火打开对外共享，再重试"))
_FULL = Refusal(line("群满员了：请飞书管理员提高上限，或请没事的人先退"))
_NOBODY = Refusal(line("飞书里找不到这个人：核对方案里的邮箱和手机号，再重试"))
_RANGE = Refusal(line("这个人不在应用的可用范围里：请飞书管理员把人加进可用范围，再重试"))
_LEFT = Refusal(line("这个人在飞书里已经离职：在方案里换人"))
_GONE = Refusal(line("这条消息已经撤回或删除"))
_OLD = Refusal(line("这条飞书消息不能再改，也不能再撤回"))
_AUDIT = Refusal(line("没过飞书的内容审核：换个说法再发"))
_URGENT = Refusal(line("这条消息不能加急：请直接打电话"))
_FILE = Refusal(line("飞书不收这个文件：从事件记录页下载"))
_GROUP = Refusal(line("飞书里没有方案写的用户组：核对它的编号"))

MEANINGS: Mapping[Wait | Refusal, str] = {
    _AUTH: "99991661 99991663 99991664 99991665 99991666 99991667 99991668 99991671 10003 10014 10012",
    _APP: "232004 232034 99991662 99991673 99991674",
    _BOT: "230006 232025 234007 11205",
    _PLACE: "99991401",
    _DOUBT: "2200 230049 232068 40003 90235 1663",
    Wait(CROWDED): "99991400 230020 230047 232019 11232 11233 11247 1000004 1000005",
    _OURS: """230001 230015 230019 230025 230055 230071 230072 230099 232001 232015 232020 232021 232037 232041 232042 232047 232048 232049
        232051 232056 232095 234001 234010 9499 99992402 40001""",
    _OUT: "230002 232011",
    _NO_ROOM: "230045 232006",
    _DISSOLVED: "232009",
    _KIND: "230054 230075 230111 232008 232050 232069 232090",
    _RULES: "230035 230036 232057 232060 232078 232079 232091 232093 234041",
    _SETTINGS: "230018 230046 232002 232016 232055",
    _OWNER: "232017 232012",
    _TENANT: "230038 232010 232031 232032",
    _EXTERNAL: "232028 232033",
    _FULL: "232013 232044",
    _NOBODY: "230034 232027 232030 232035 232043 99992351 99992360 99992364 41012",
    _RANGE: "230013 232024 41050 40004",
    _LEFT: "230029 232022",
    _GONE: "230011 230110 230050",
    _OLD: "230009 230012 230017 230026 230031",
    _AUDIT: "230022 230028 232023",
    _URGENT: "230052 230098",
    _FILE: "234006",
    _GROUP: "42012 42008",
}

SINGLE: Mapping[int, Wait | Refusal] = {
    230023: Refusal(line("对方积了太多未读加急：请直接打电话")),
    230024: Refusal(line("企业的加急次数用完了：请飞书管理员加额度，现在请直接打电话")),
    230053: Refusal(line("对方屏蔽了烽火的消息：请本人在和烽火的对话里恢复接收")),
    232026: Refusal(line("和一个公开的群重名：换一个群名")),
    232046: Refusal(line("群顶的标签页放满了：删掉几个，再重试")),
    99991403: Refusal(line("企业本月的飞书接口次数用完了：请飞书管理员升级套餐")),
}
FAULTS: Mapping[int, Wait | Refusal] = {**{int(code): means for means, codes in MEANINGS.items() for code in codes.split()}, **SINGLE}
"""Every error code we know, but those of SCOPES, whose words name the scope."""


def meaning(code: int, data: Mapping[str, object]) -> Wait | Refusal | None:
    """What follows from an error code; None where nobody has listed it. `data`: Feishu's answer, which names a missing scope."""
    if code in SCOPES:
        scope = " / ".join(scopes(data)) or "?"
        return Refusal(line("飞书应用缺权限 {scope}：在飞书开发者后台「权限管理」开通，发布新版本，再重试", scope=scope))
    return FAULTS.get(code)


def unheard(code: int) -> Refusal:
    return Refusal(line("飞书没答应（{code}）：请飞书管理员看一看", code=str(code)))


def scopes(data: Mapping[str, object]) -> tuple[str, ...]:
    """The scopes of which one is enough: listed in the answer, or only in its words."""
    error = data.get("error")
    listed = error.get("permission_violations") if isinstance(error, Mapping) else None
    rows = [row.get("subject") for row in listed if isinstance(row, Mapping)] if isinstance(listed, list) else []
    named = tuple(dict.fromkeys(row for row in rows if isinstance(row, str) and row))
    msg = data.get("msg")
    return named or (tuple(dict.fromkeys(SCOPE.findall(msg.partition("http")[0]))) if isinstance(msg, str) else ())
