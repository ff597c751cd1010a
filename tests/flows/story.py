"""One night of the plan in chapters: 「下单报错」 as 重大, from the first line to the archive. Each chapter stands on the one before."""

from __future__ import annotations

from tests.flows.house import House

ARRIVE = ("chenhai", "zhaojing", "wuhao", "sunyue", "hechuan", "zhengyan", "shenlei", "suqing", "xunuo")
REPORT = "/报故障 上海仓下单报错，10 分钟前开始，客户说点下单没反应"
SUMMARIES = {
    "ecc": ("chenhai", "启动快，二十分钟定下回滚"),
    "tech": ("zhoumu", "发布前没有比对缓存键"),
    "biz": ("wangmin", "手工单没丢一张"),
    "comms": ("xunuo", "对外只说正在处理"),
}


def reported(house: House) -> None:
    """王敏 says it in one line where anybody reports."""
    assert "INC-1" in house.wangmin.says(REPORT, at="@report")
    house.settle()


def graded(house: House) -> None:
    """Two sides, one question a tap; the business side does not know two of them. The higher answer counts."""
    house.linyuan.presses("收到", on="centre")
    house.zhoumu.presses("都没有", on="assess:zhoumu")
    for answer in ("≥2 个核心模块或一个环节整体受阻", "5%–30%", "5–50 万元", "否", "否或可重放", "无"):
        house.zhoumu.presses(answer, on="assess:zhoumu")
    for answer in ("<1 小时或正在时段内", "可启动但能力不足", "平稳"):
        house.zhoumu.presses(answer, on="assess:zhoumu")
    assert "暂定" in house.zhoumu.presses("无离冷货品或 >4 小时", on="assess:zhoumu")
    house.wangmin.presses("都没有", on="grade:business")
    house.wangmin.presses("系统整体不可用，或下单/分拣/派车任一全平台停摆", on="grade:business")
    for answer in ("5%–30%", "不知道", "否", "不知道", "局部投诉集中", "<1 小时或正在时段内", "没有或已失效", "扩散"):
        house.wangmin.presses(answer, on="grade:business")
    house.wangmin.presses("无离冷货品或 >4 小时", on="grade:business")


def activated(house: House) -> None:
    """林远 starts it and commands; everybody comes but 丁磊, whose deputy takes the post when the ladder gets to him."""
    house.linyuan.presses("启动响应", on="centre")
    house.settle()
    for person in ARRIVE:
        getattr(house, person).presses("我到了", on=f"call:{person}")
    house.advance(11)
    house.fanyu.answers()
    house.settle()


def worked(house: House) -> None:
    """The fault chosen, steps ticked, orders given, numbers and a guess, a sitrep on time."""
    house.zhoumu.says("/故障类型 代码缺陷")
    for step, who in (("冻结", "hechuan"), ("比对", "wuhao")):
        _tick(house, who, "list:fc_code_defect", step)
    house.linyuan.says("/任务 @何川 查主从延迟 15 分钟")
    house.hechuan.presses("接下", on="task:t1")
    house.hechuan.presses("做完了", on="task:t1", result="主从延迟 0.2 秒，正常")
    house.wangmin.says("/影响 未接 412 单")
    house.wuhao.says("/原因 19:50 灰度发布引起")
    house.suqing.says("/态势 下单仍不可用，正在准备回滚")


def _tick(house: House, who: str, slot: str, step: str) -> None:
    getattr(house, who).ticks(step, on=slot)
