"""How far it reaches, in people's words (所有客户, 86 条线路, 5%), and names that nobody knows yet (苏州仓, 会员系统)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.core.hearing.folding import Folded

Stretch = tuple[int, int]

_NOUN = (
    r"(?:重点客户|客户|用户|顾客|商家|商户|门店|餐厅|店|前置仓|仓库|仓|冷库|库|城市|区域|片区|线路|线|司机|车辆|车|订单|单子|单|供应商|基地|员工|同事|人|"
    r"站点|网点|系统|服务|功能|模块|接口|页面|商品|品类|货品|菜|skus?|月台|道口|机器|设备|pda|枪|手机|电脑|节点|机房|学校|医院|(?:用户|客户)?账号)"
)
_NUMBER = r"(?:\d{1,7}(?:\.\d{1,2})?|[一二两俩三四五六七八九十百千]{1,5}|好几|十几|几十|几百|上百|上千|几|数十|数百|数)"
_MORE = r"\s*(?:[万千百])?\s*[多来余]?\s*"
_MEASURE_WITH_NOUN = r"(?:个|家|位|条|名|台|辆|把|张|只|种|款|批|份|箱|票|笔|车|间|座|排|组|路|成|人)"
_SCOPE = re.compile(
    rf"(?<![a-z0-9_.])\d{{1,3}}(?:\.\d{{1,2}})?\s*%(?:\s*以上)?(?:\s+of\s+(?:the\s+|our\s+)?[a-z]{{1,16}}|的?{_NOUN})?"
    rf"|百分之{_NUMBER}的?{_NOUN}?"
    rf"|(?:[一二两三四五六七八九几]成(?:多)?|一半|半数|大半|一大半|一小半|三分之[一二])(?:以上|左右)?(?:的?{_NOUN})?"
    rf"|(?:所有|全部|全体|整个|部分|一部分|小部分|大部分|绝大部分|绝大多数|大多数|多数|少数|"
    rf"少量|个别|好多|很多|许多|不少|大量|大批|一些|有些|重点|各个?|每个|多个|多家)的?{_NOUN}"
    r"|全(?:员|公司|国|城|网|市|站|仓|平台|线(?!路)|链路|部门店|体)|大面积|大范围|整仓|所有人|大家都|每个人都"
    rf"|(?<![a-z0-9_.-])(?:\d{{1,3}}|[一二三四五六七八九十]{{1,3}})\s*号(?:冷库|库|线|月台|机|车间|柜|道口|楼|站台|站|口|门)"
    rf"|(?<![a-z0-9_.-])[a-z]区"
    rf"|(?<![a-z0-9_.第负-])(?!一个(?:页面|系统|接口|功能|模块|单子?|库|人))(?P<n>{_NUMBER}){_MORE}{_MEASURE_WITH_NOUN}(?:的)?{_NOUN}"
    rf"|(?<![a-z0-9_.第负-]){_NUMBER}{_MORE}"
    r"(?:单(?!独|位)|辆|箱|托盘?|skus?|家(?!里)|人(?!工)|台(?!风)|条线|用户|客户|司机)"
    r"|(?<![a-z0-9_.第负-])(?:\d{2,7}|\d(?:\.\d+)?\s*[万千百])\s*(?:条|笔|票|件)"
    r"|(?<![a-z0-9_.-])(?:all|some|many|most|several|few|a few|every|multiple|\d{1,6}|two|three|four|five|six|ten)\s+"
    r"(?:of\s+)?(?:the\s+|our\s+)?(?:key\s+|big\s+)?"
    r"(?:customers?|users?|sites?|warehouses?|orders?|drivers?|suppliers?|stores?|trucks?|vehicles?|skus?|people|routes?|clients?|restaurants?)(?![a-z])"
    r"|(?<![a-z])(?:everyone|everybody|nobody)(?![a-z])"
)


def scope_in(folded: Folded, taken: Sequence[Stretch]) -> tuple[str, ...]:
    """The words of extent in order, as typed; a stretch that is a time is none."""
    return tuple(
        folded.as_typed(m.start(), m.end()).strip()
        for m in _SCOPE.finditer(folded.text)
        if not _overlaps(m.start(), m.end(), taken) and not _LOAD.search(folded.text, max(m.start() - 8, 0), m.start())
    )


_LOAD = re.compile(r"(?:cpu|内存|磁盘|负载|mem|memory|disk|io)(?:都|到|了|占用|使用率|\s)*$")
"""Before a percentage that tells how busy a machine is, not how far the fault reaches."""


def _overlaps(start: int, end: int, taken: Sequence[Stretch]) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in taken)


_SUFFIX = re.compile(r"(?<![满爆进出入清开备])仓(?![储内库位里管])|系统|平台|后台|中心|站点|网点|模块|服务(?!商|员|区|费|态度)|小程序")
_LETTERS = re.compile(r"[a-z0-9][a-z0-9_.-]{0,15}\s?$")
_HAN = re.compile(r"[\u3400-\u9fff]{1,12}$")
_STOP = re.compile(
    r".*(?:[的了是在和跟与从被把让给都也就又还很太说叫我你他她它们咱俺这那哪某该本每各两几个边家位条台辆有没不能因但或]|"
    r"反馈|反映|通知|今天|昨天|现在|刚才|突然|客户|用户|司机|客服|同事|公司|快驴|生鲜|内部|相关|其他|其它|一些|部分|现场|使用|登录|登陆|"
    r"访问|显示|提示|导致|影响|问题|目前|整体|操作|自动|人工)"
)
"""Words that no name of a system contains: a name begins after the last of them."""
_LEADING = frozenset("报发查用打开进去出来看做连上下里外前后边头侧面方于将已正等要想请帮听到对向往讲问找会全整新老旧")
"""Characters that stand before a name more often than they begin one; stripped while two characters remain."""
_GENERIC = re.compile(
    r"(?:(?:整个|操作|管理|业务|生产|数据|指挥|应急|控制|所有|应用|线上|在线|微|子|主)(?:系统|平台|后台|中心|模块|服务)|(?:售后|客户|后台)服务|"
    r"(?:前置|城市|云|总|中心|大|小|冷|冷冻|冷藏|常温|全|本)仓)"
)
_ACRONYMS = re.compile(r"(?<![a-z0-9_.-])(?:oms|erp|crm|sap|oa|bms|mes|bi|pms|hrm?|ehr|mdm|dms|fms|lms|pos|plm|qms)(?![a-z0-9_.-])")
_ENGLISH = re.compile(
    r"(?<![a-z])(?P<name>[a-z][a-z-]{2,16})\s+(?:warehouse|dc|depot|hub|service|system|platform|portal|module)(?![a-z])"
)
_ENGLISH_GENERIC = re.compile(
    r"the|our|this|that|whole|entire|all|some|any|every|each|one|and|for|with|from|your|their|other|new|old|customer|user|site|main|core|"
    r"same|into|via|down|local|production|prod|back|online|web|cold|in|out|of"
)


def unknown_in(folded: Folded, known: Sequence[Stretch]) -> tuple[str, ...]:
    """Names of sites and systems that are not in the vocabulary, as typed, each once. `known`: names and times already understood."""
    found = sorted({*_chinese(folded, known), *_acronyms(folded, known), *_english(folded, known)})
    return tuple(dict.fromkeys(folded.as_typed(start, end).strip() for start, end in found))


def _chinese(folded: Folded, known: Sequence[Stretch]) -> Iterator[Stretch]:
    text, ends = folded.text, {end for _, end in known}
    marks = bytearray(len(text))
    for start, end in known:
        marks[start:end] = b"\x01" * (end - start)
    for suffix in _SUFFIX.finditer(text):
        if suffix.start() in ends or any(marks[suffix.start() : suffix.end()]):
            continue
        start = _name_begins(text, suffix.start(), suffix[0], marks)
        if start < suffix.start():
            yield start, suffix.end()


_LONGEST_NAME = {"仓": 3, "站点": 3, "网点": 3}
_NUMBERED = re.compile(r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})号$")


def _name_begins(text: str, end: int, suffix: str, marks: bytearray) -> int:
    """Where the name before a suffix begins; `end` itself when there is none."""
    floor = max(end - 16, 0)
    while marks[floor:end].find(1) >= 0:
        floor += marks[floor:end].rfind(1) + 1
    before = text[floor:end]
    for pattern in (_NUMBERED, _LETTERS):
        found = pattern.search(before)
        if found and (suffix == "仓" or pattern is _LETTERS) and any(c.isalnum() for c in found[0]):
            return end if found[0].strip().isdigit() else end - len(found[0])
    han = _HAN.search(before)
    name = han[0] if han else ""
    stop = _STOP.match(name)
    name = name[stop.end() :] if stop else name
    name = name[-_LONGEST_NAME.get(suffix, 4) :]
    while name and name[0] in _LEADING and not _GENERIC.fullmatch(name + suffix) and (len(name) > 2 or suffix == "仓"):
        name = name[1:]
    if _GENERIC.fullmatch(name + suffix) or all(c in _LEADING for c in name) or (suffix == "仓" and any(c in _LEADING for c in name)):
        return end
    if suffix == "仓" and len(name) == 3 and _CITIES.fullmatch(name[-2:]):
        name = name[-2:]
    return end - len(name)


_CITIES = re.compile(
    "上海|北京|宁波|苏州|无锡|杭州|嘉兴|南京|常州|南通|合肥|武汉|长沙|广州|深圳|佛山|东莞|厦门|福州|泉州|成都|重庆|西安|郑州|济南|青岛|"
    "天津|沈阳|大连|长春|昆明|贵阳|南宁|海口|太原|兰州|温州|金华|绍兴|台州|湖州|徐州|扬州|烟台|潍坊|洛阳|珠海|中山|惠州|南昌|"
    "华东|华南|华北|华中|西南|西北|东北|昆山|义乌|松江|嘉定|青浦|浦东|大兴|通州|顺义|余杭|萧山"
)


def _acronyms(folded: Folded, known: Sequence[Stretch]) -> Iterator[Stretch]:
    for m in _ACRONYMS.finditer(folded.text):
        if not _overlaps(m.start(), m.end(), known):
            end = m.end() + 2 if folded.text.startswith("系统", m.end()) else m.end()
            yield m.start(), end


def _english(folded: Folded, known: Sequence[Stretch]) -> Iterator[Stretch]:
    for m in _ENGLISH.finditer(folded.text):
        if not _ENGLISH_GENERIC.fullmatch(m["name"]) and not _overlaps(m.start("name"), m.end("name"), known):
            yield m.start(), m.end()
