"""Words to the outside: whom, when, with which script, approved by whom (plan, 二(四), 五(三))."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from bot.plan.schema.part import ById, Minutes, Named, Part, PersonId, Ref, ServiceId, SeverityId, Who
from bot.words import Bi, Language

Via = Literal["mail", "webhook", "room", "status", "file", "sms", "phone"]
Phase = Literal["initial", "update", "resolved", "special"]
AudienceId = Annotated[str, Ref("audience", ("comms.audiences",))]
PartyId = Annotated[str, Ref("party", ("parties",))]
VariableId = Annotated[str, Ref("variable", ("comms.variables",))]
Condition = Literal["cause_proven", "recovered", "confirmed", "food_confirmed", "data_confirmed"]
"""What must be so before a script may be said: its cause proven, it is recovered, its activation confirmed, a duty judged to hold."""


class Cell(Part):
    """What an audience is owed in one phase at one severity."""

    need: Literal["required", "optional", "reactive", "none"] = Field(description="reactive = only when they ask.")
    due: Minutes | None = Field(None, description="Minutes after activation (resolved: after recovery) by which it must be out.")
    every: Minutes | None = Field(None, description="Minutes from one update to the next.")
    every_after_2h: Minutes | None = Field(None, description="The same once the response has run for two hours.")
    note: Bi | None = Field(None, description="What else to know.")


class Audience(Named):
    """Those who are told together."""

    name: Bi = Field(description="What people call them.")
    drafter: Who = Field(description="The post or role that writes to them.")
    vias: tuple[Via, ...] = Field(description="How they are told, the usual way first.", min_length=1)
    approval: Mapping[SeverityId, tuple[Who, ...]] = Field(description="Who must sign, by severity; none = nobody.")
    initial: Mapping[SeverityId, Cell] = Field(description="The first notice.")
    update: Mapping[SeverityId, Cell] = Field(description="The updates.")
    resolved: Mapping[SeverityId, Cell] = Field(description="The word that it is over.")
    insert: Mapping[SeverityId, Bi] = Field({}, description="The sentence that a severity adds to every script.")
    inquiry_min: Minutes | None = Field(None, description="Minutes in which their questions are answered.")


class Variable(Named):
    """A blank of a script."""

    name: Bi = Field(description="What people call it.")
    source: Literal["incident", "impact", "plan", "ask"] = Field(description="Who fills it; ask = the drafter, in the form.")
    hint: Bi | None = Field(None, description="What belongs here.")
    example: Bi = Field(description="What the checks and the preview fill in.")
    kind: Literal["text", "time"] = Field("text", description="A time is asked as one, and shown with its date and zone.")
    fill: Bi | None = Field(None, description="What the plan fills in, where it is the same every time: the hotline.")


class Script(Named):
    """A text of templates/scripts, `<id>.zh-CN.j2` and `<id>.en.j2`."""

    name: Bi = Field(description="What people call it.")
    audience: AudienceId = Field(description="Whom it is for.")
    phase: Phase = Field(description="When it is said.")
    variables: tuple[VariableId, ...] = Field(description="Its blanks; exactly these.")
    requires: tuple[Condition, ...] = Field((), description="What must be so before it may be said.")
    vias: tuple[Via, ...] = Field((), description="Only these ways; none = all of the audience's. A word to some is not for the public.")
    note: Bi | None = Field(None, description="What else to know.")


class WordingRule(Named):
    """Words that do not belong in a text to the outside, and what to say instead."""

    name: Bi = Field(description="What is wrong with them: 推测原因.")
    kind: Literal["speculation", "blame", "cause", "numbers", "names", "personal", "promise", "playing_down", "internal", "tone"] = Field(
        description="Which kind it is. cause = until one is proven; names = the plan's people too; numbers = with no as-of time."
    )
    audiences: tuple[AudienceId, ...] = Field((), description="Only in texts to these; none = in every text.")
    words: tuple[str, ...] = Field((), description="In Chinese.")
    words_en: tuple[str, ...] = Field((), description="In English; whole words.")
    patterns: tuple[str, ...] = Field((), description="Regular expressions for either language, in small letters: numbers, addresses.")
    unless: tuple[str, ...] = Field((), description="Longer words that are fine (保证金); for numbers, what says the as-of time (截至).")
    better: Mapping[str, Bi | None] = Field({}, description="A word -> what to put in its place; null = leave it out.")
    instead: Bi | None = Field(None, description="What to put in the place of everything else that the rule finds.")
    advice: Bi = Field(description="What to do about it, in one sentence.")
    forbids: bool = Field(False, description="No reason excuses it: the text cannot be put forward.")


class Address(Part):
    via: Via = Field(description="How.")
    to: str = Field("", min_length=0, description="Where: an address, a URL, a telephone number, a room (`@customers`).")


class Contact(Named):
    """Somebody outside whom we write to or call (clause 5.3-4)."""

    name: Bi = Field(description="What people call them.")
    party: PartyId | None = Field(None, description="The party they belong to.")
    audience: AudienceId = Field(description="Which texts they get.")
    language: Language = Field("zh-CN", description="In which language.")
    addresses: tuple[Address, ...] = Field(description="How to reach them, the best way first.", min_length=1)
    owner: PersonId = Field(description="Who keeps this entry right.")
    checked: date = Field(description="When it was last tried.")
    sites: tuple[Annotated[str, Ref("site", ("sites",))], ...] = Field((), description="Only when these are affected; none = always.")


class Room(Named):
    """A room with people from outside, opened by us or bound to one that exists."""

    name: Bi = Field(description="What people call it.")
    audience: AudienceId = Field(description="Who is in it.")
    platform: Literal["feishu", "slack", "sandbox"] | None = Field(None, description="Where it is; null = the first platform served.")


class Component(Named):
    """A line of the public status page."""

    name: Bi = Field(description="What customers call it.")
    services: tuple[ServiceId, ...] = Field(description="What it depends on.", min_length=1)


class StatusPage(Part):
    """What the public reads at /status."""

    title: Bi = Field(Bi("服务状态", "Service status"), description="Its heading.")
    legal: Bi = Field(Bi("时间均为北京时间。", "All times are Beijing time."), description="The line at the bottom.")
    components: ById[Component] = Field({}, description="Its lines, in order.")


class Comms(Part):
    """An empty one sends nothing: plans from before it was known keep working."""

    audiences: ById[Audience] = Field({}, description="Whom we tell.")
    variables: ById[Variable] = Field({}, description="The blanks of the scripts.")
    scripts: ById[Script] = Field({}, description="The scripts.")
    wording: ById[WordingRule] = Field({}, description="What is never said.")
    contacts: ById[Contact] = Field({}, description="The contact book.")
    rooms: ById[Room] = Field({}, description="Rooms with people from outside; an address says `@<id>`.")
    status: StatusPage = Field(default_factory=StatusPage, description="The public page.")
    rules: tuple[Bi, ...] = Field((), description="What every text says.")
    published: tuple[str, ...] = Field((), description="Telephone numbers and addresses that may stand in a text: the hotline.")
    approve_min: Minutes = Field(10, description="Minutes until an unsigned text goes to the deputies, and as many again to the commander.")
    valid_min: Minutes = Field(30, description="Minutes for which an approval is good.")
    remind_min: Minutes = Field(10, description="Minutes before a notice is due at which to remind.")
    review_days: int = Field(180, description="Days until a contact must be tried again.", ge=1)
