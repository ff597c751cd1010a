"""Headings of fields and facts whose words also stand inside sentences: alone they begin with a capital in English, there they do not."""

from bot.words import Bi

SYMPTOM = Bi("现象", "Symptom")
TIME = Bi("时间", "Time")
SCOPE = Bi("范围", "Scope")
WHAT = Bi("做什么", "What")
WHY = Bi("为什么", "Why")
STAGE = Bi("阶段", "Stage")
EXECUTOR = Bi("执行", "Carried out by")
CHECKER = Bi("复核", "Checked by")
