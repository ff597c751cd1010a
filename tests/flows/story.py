"""One night of the plan in chapters: 「下单报错」 as 重大, from the first line to the archive. Each chapter stands on the one before."""

from __future__ import annotations

from tests.flows.anywhere import House

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
    house.zhoumu.presses("无离冷货品或 >4 小时", on="assess:zhoumu")
    assert house.state.grades[-1].provisional
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
        house.person(person).presses("我到了", on=f"call:{person}")
    house.advance(11)
    house.fanyu.answers()
    house.settle()


def worked(house: House) -> None:
    """The fault chosen, steps ticked, an order given and done, numbers, a guess, a situation report, a broadcast with receipts."""
    house.zhoumu.says("/故障类型 代码缺陷")
    house.hechuan.ticks("冻结所有发布", on="list:fc_code_defect")
    house.wuhao.ticks("是否与最近变更相关", on="list:fc_code_defect")
    house.linyuan.says("/任务 @何川 查主从延迟 15 分钟")
    house.hechuan.presses("接下", on="task:t1")
    house.hechuan.presses("做完了", on="task:t1", result="主从延迟 0.2 秒，正常")
    house.wangmin.says("/影响 未接 412 单")
    house.wuhao.says("/原因 19:50 灰度发布引起")
    house.suqing.says("/态势 下单仍不可用，正在准备回滚")
    house.suqing.says("/广播 冻结所有发布和配置变更")
    for person in house.state.broadcasts[0].to:
        house.person(person).presses("收到", on="bc:b1")


def proposed(house: House) -> None:
    """The architect proposes a rollback with its cost, its way back and a Plan B."""
    house.zhoumu.presses(
        "提案重大措施", kind="rollback", what="回滚到 v5.1", why="19:50 灰度后报错", cost="丢 19 分钟优惠券改动",
        way_back="再发 v5.2", plan_b="摘缓存",
    )  # fmt: skip


def executed(house: House) -> None:
    """The commander approves, one person carries it out."""
    house.linyuan.presses("批准版本回滚", on="measure:m1")
    house.hechuan.presses("我来执行", on="measure:m1")


def confirmed(house: House) -> None:
    """Another person has seen the effect; the step is ticked, the cause proven."""
    house.sunyue.presses("复核，登记结果", on="measure:m1", result="错误率从 12% 降到 0.3%")
    house.hechuan.ticks("回滚到上一稳定版本", on="list:fc_code_defect")
    house.wuhao.chooses("19:50 灰度发布引起", "证实一条", on="causes", evidence="回滚后 8 分钟错误率降到 0.3%")


def offered(house: House) -> None:
    """林远 offers command with the nine points; it stays his."""
    brief = {point.id: f"{point.name.zh}：见状态卡" for point in house.app.plans.current.documents.handover}
    house.linyuan.presses("移交指挥", taker="chenhai", **brief)
    assert house.state.commander == "linyuan"


def taken(house: House) -> None:
    """陈海 takes it."""
    house.chenhai.presses("我接任", on="handover:chenhai")


def fixed(house: House) -> None:
    """It is repaired, by whom is said."""
    house.zhoumu.presses("修好了，开始验证", fix="回滚到 v5.1", fixers="hechuan")


def verified(house: House) -> None:
    """Everything checked by people who did not repair it."""
    words = {check.id: house.words(check.text) for check in house.state.checks}
    who = {"verifier_tech": house.sunyue, "verifier_biz": house.zhengyan, "external_liaison": house.xunuo}
    for check in house.state.checks:
        who[check.role].ticks(words[check.id][:12], on="verify")


def ended(house: House) -> None:
    """Observed for an hour, vouched for, signed by the three seats, announced."""
    assert house.state.observation is not None
    house.until(house.state.observation.until)
    house.wangmin.presses("签认", on="end", step="业务不受影响", note="手工单 412/412 补录，替代方案已停")
    house.xunuo.presses("签认", on="end", step="对外承诺", note="没有对外承诺未了")
    house.chenhai.presses("签认", on="end", step="监管状态", note="不适用")
    house.suqing.presses("签认", on="end", step="资源与人员", note="白班 08:00 接")
    house.chenhai.presses("填评估意见并签认", on="end", assessment="系统和业务都已平稳，剩余风险由运维盯到明早")
    house.linyuan.presses("签认结束", on="end")
    house.zhaojing.presses("签认结束", on="end")


def closed(house: House) -> None:
    """Summaries, the review, an improvement done by one and checked by another, the three places vouched for, the archive."""
    for group, (person, text) in SUMMARIES.items():
        house.person(person).presses("写小结", on="after", group=group, text=text)
    house.chenhai.presses("复盘开过了", on="after")
    house.chenhai.presses("加改进", on="after", text="发布前自动比对缓存键", owner="wuhao", due="12-10", how="演练一次")
    house.wuhao.ticks("发布前自动比对缓存键", on="after", evidence="流水线第 88 次运行")
    house.sunyue.ticks("发布前自动比对缓存键", on="after", ok="yes", note="看过")
    for _ in range(3):
        refused = house.chenhai.is_refused(lambda: house.chenhai.presses("归档", on="after"))
        house.chenhai.mends("签认", refused, note="财务已登记")
    house.chenhai.presses("归档", on="after")


RESPONSE = (reported, graded, activated, worked, proposed, executed, confirmed, offered, taken, fixed, verified, ended)
CHAPTERS = (*RESPONSE, closed)
