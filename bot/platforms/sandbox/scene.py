"""Play the other people of a scene through the same doors a browser uses; a person whom somebody has become is left to them.

Where the scene stands is kept in the settings, so a restart goes on with the same step.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from time import monotonic
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.cards.model import Button, Buttons, Card, Choices, Press, Steps
from bot.platforms.sandbox.ears import Deed, SandboxEars
from bot.store.sandbox import WORDS, SandboxStore
from bot.talk import Answer, Ask, Invalid, Refusal
from bot.words import Bi, Joined, Text, Who, line

TICK_SECONDS = 0.25
PATIENCE_SECONDS = 20.0
SETTING = "sandbox.scene"


class Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str

    def text(self) -> Bi:
        return Bi(self.zh, self.en)


class SceneStep(BaseModel):
    """One thing one person does: exactly one of say, press, form, answer, advance.

    at: the slot of the room it happens in (war, @report …) or `direct`. on: the slot of the card whose control is pressed.
    args: what tells that control from others with the same action. fill: values for the form that the press opens.
    advance goes to the next deadline, or `minutes` on, or `until` the next such hour of the week ("Mon 20:10").
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    who: Annotated[str, Field(alias="as")] = ""
    wait: float = 2.0
    at: str = "war"
    say: str | None = None
    press: str | None = None
    on: str = "status"
    form: str | None = None
    answer: Literal["ring"] | None = None
    advance: bool = False
    minutes: int = 0
    until: Annotated[str, Field(pattern=r"^(|(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d:\d\d)$")] = ""
    args: Mapping[str, str] = {}
    fill: Mapping[str, str] | None = None
    hint: Words | None = None

    @model_validator(mode="after")
    def one_deed(self) -> SceneStep:
        deeds = [self.say is not None, self.press is not None, self.form is not None, self.answer is not None, self.advance]
        if sum(deeds) != 1:
            raise ValueError("a step says, presses, fills a form, answers or advances: exactly one of them")
        if (self.minutes or self.until) and not self.advance:
            raise ValueError("minutes and until belong to advance")
        if not self.advance and not self.who:
            raise ValueError("who does it? `as` is missing")
        return self


class Scene(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    title: Words
    about: Words
    steps: tuple[SceneStep, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the scene stands. `known`: the newest room when it began; the scene's own incident has a newer one."""

    scene: str = ""
    step: int = 0
    running: bool = False
    known: int = 0
    trouble: str = ""  # a stored text


@dataclass(frozen=True, slots=True)
class SceneView:
    """For the bar above the composer. `mine`: whose turn it is when a human sits there."""

    scenes: tuple[tuple[str, Text, Text], ...]
    title: Text | None
    running: bool
    step: int
    steps: int
    hint: Text | None
    mine: str
    trouble: Text | None


class Player:
    """`present` holds the people who have a tab open. Commands may come from any thread.

    advance: moves the sandbox clock by so many minutes, or until an hour of the week, or (0, "") to the next deadline.
    """

    def __init__(
        self,
        scenes: Sequence[Scene],
        ears: SandboxEars,
        store: SandboxStore,
        present: Callable[[str], bool],
        advance: Callable[[int, str], object] | None = None,
    ) -> None:
        self._scenes = {scene.id: scene for scene in scenes}
        self._ears, self._store, self._present, self._advance = ears, store, present, advance
        self._for_me = False
        self._since = monotonic()
        self._place: Place | None = None
        ears.listeners.append(self.heard)

    # --- what people press ----------------------------------------------------------------------------------------------------

    def command(self, do: str) -> Text:
        """start:<scene> · pause · resume · mine (play this step for me) · stop."""
        place = self.place()
        match do.split(":"):
            case ["start", name] if name in self._scenes:
                self._keep(Place(name, 0, True, self._store.newest_room()))
                return line("剧本开始了：其他人会自己说话、按按钮。随时可以换成他们。")
            case ["pause"]:
                self._keep(replace(place, running=False))
                return line("剧本停住了，你可以慢慢看。")
            case ["resume"]:
                self._keep(replace(place, running=True, trouble=""))
                return line("剧本接着演。")
            case ["mine"]:
                self._for_me = True
                return line("好，这一步替你做。")
            case ["stop"]:
                self._keep(Place())
                return line("剧本收起来了，房间都还在。")
            case _:
                return line("没有这个剧本。")

    def view(self) -> SceneView:
        place = self.place()
        scenes = tuple((scene.id, scene.title.text(), scene.about.text()) for scene in self._scenes.values())
        scene = self._scenes.get(place.scene)
        if scene is None:
            return SceneView(scenes, None, False, 0, 0, None, "", None)
        step = scene.steps[place.step] if place.step < len(scene.steps) else None
        mine = step.who if step and step.who and self._present(step.who) else ""
        hint = _hint(step) if step else line("演完了。")
        running = place.running and step is not None
        trouble = WORDS.load(place.trouble) if place.trouble else None
        return SceneView(scenes, scene.title.text(), running, place.step, len(scene.steps), hint, mine, trouble)

    # --- playing --------------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """For ever, beside the server; one look every quarter of a second, and only when a scene is on."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if self.place().running:
                await asyncio.to_thread(self.tick)

    def tick(self, now: float | None = None) -> bool:
        """Play the next step when its time has come. True when it was played."""
        place = self.place()
        scene = self._scenes.get(place.scene)
        if not place.running or scene is None or place.step >= len(scene.steps):
            return False
        step = scene.steps[place.step]
        waited = (monotonic() if now is None else now) - self._since
        left_to_human = bool(step.who) and self._present(step.who) and not self._for_me
        if left_to_human or (waited < step.wait and not self._for_me):
            return False
        trouble = self._play(place, step)
        if trouble is None:
            self._go_on(place)
            return True
        if waited > step.wait + PATIENCE_SECONDS:
            self._for_me = False
            self._keep(replace(place, running=False, trouble=WORDS.dump(trouble)))
        return False

    def heard(self, deed: Deed) -> None:
        """Somebody did something; when it is the step that the scene waits for, the scene goes on."""
        place = self.place()
        scene = self._scenes.get(place.scene)
        if scene is None or place.step >= len(scene.steps) or deed.ident.startswith("scene-"):
            return
        step = scene.steps[place.step]
        if deed.person == step.who and deed.name in _names(step, self._ears):
            self._go_on(place)

    def place(self) -> Place:
        """As kept; read once, for only this process moves its scene."""
        if self._place is None:
            kept = self._store.setting(SETTING)
            self._place = Place(**json.loads(kept)) if kept else Place()
        return self._place

    def _go_on(self, place: Place) -> None:
        self._for_me = False
        self._keep(replace(place, step=place.step + 1, trouble=""))

    def _keep(self, place: Place) -> None:
        self._since, self._place = monotonic(), place
        self._store.set(SETTING, json.dumps(asdict(place)))

    def _play(self, place: Place, step: SceneStep) -> Text | None:
        """None when it is done, else what stands in the way (often: the card is not there yet)."""
        if step.advance:
            if self._advance is not None:
                self._advance(step.minutes, step.until)
            return None
        ident = f"scene-{place.scene}-{place.known}-{place.step}"
        room = self._room(place, step)
        if room is None:
            return line("{who} 还没有房间 {room}。", who=Who(step.who), room=step.at)
        if step.say is not None:
            return _trouble(self._ears.say(step.who, room, step.say, ident))
        if step.answer is not None:
            mine = next((ring for ring in self._store.ringing() if ring.person == step.who), None)
            return (
                line("{who} 的电话没有响。", who=Who(step.who))
                if mine is None
                else _trouble(self._ears.answer_ring(step.who, mine.id, ident))
            )
        if step.form is not None:
            return _trouble(self._ears.submit(step.who, room, step.form, step.args, step.fill or {}, ident))
        return self._press(place, step, room, ident)

    def _press(self, place: Place, step: SceneStep, room: int, ident: str) -> Text | None:
        record = self._record(place)
        ref = self._store.ref_of(record, step.on) if record else None
        card = self._store.message(int(ref[1:])) if ref else None
        if card is None or not isinstance(card.body, Card):
            return line("还没有卡片 {card}。", card=step.on)
        found = control(card.body, step.press or "", step.args)
        if found is None:
            return line("卡片 {card} 上现在没有 {press} 可按。", card=step.on, press=step.press or "")
        answer = self._ears.press(step.who, room, found.action, {**dict(found.args), **step.args}, ident, card.id)
        if isinstance(answer, Ask) and step.fill is not None:
            initial = {field.key: field.initial for field in answer.form.fields if field.kind != "note"}
            values = {**initial, **step.fill}
            answer = self._ears.submit(step.who, room, answer.form.id, dict(answer.form.args), values, f"{ident}-form")
        return _trouble(answer)

    def _record(self, place: Place) -> str | None:
        return self._store.record_after(place.known, "war")

    def _room(self, place: Place, step: SceneStep) -> int | None:
        if step.at == "direct" or (step.say is None and step.press is None):
            return self._store.direct(step.who, self._ears.now())
        record = "standing" if step.at.startswith("@") else self._record(place)
        ref = self._store.ref_of(record, step.at) if record else None
        return int(ref[1:]) if ref else None


def control(card: Card, action: str, args: Mapping[str, str]) -> Press | None:
    """The first control of the card with this action whose arguments include these; locked ones do not count."""
    wanted = args.items()
    for found, locked in _controls(card):
        same = {key: value for key, value in wanted if key in dict(found.args)}.items() <= dict(found.args).items()
        if found.action == action and same and locked is None:
            return found
    return None


def _controls(card: Card) -> list[tuple[Press, Text | None]]:
    found: list[tuple[Press, Text | None]] = []
    for block in card.blocks:
        match block:
            case Buttons(items=items):
                found += [(item.press, item.locked) for item in items if isinstance(item, Button)]
            case Steps(items=steps):
                found += [(step.press, step.locked) for step in steps if step.press]
                found += [(button.press, button.locked) for step in steps for button in step.more]
            case Choices(press=press):
                found.append((press, None))
            case _:
                pass
    return found


def _names(step: SceneStep, ears: SandboxEars) -> frozenset[str]:
    """The deeds that count as this step, by the names ears give them."""
    if step.say is not None:
        return frozenset({ears.verb_of(step.say)})
    if step.answer is not None:
        return frozenset({"roll.here"})
    return frozenset(name for name in (step.form, step.press if step.fill is None else None, *(_forms(step))) if name)


def _forms(step: SceneStep) -> tuple[str, ...]:
    """A press that opens a form is done when any form of the same subject came in."""
    return (f"{step.press.split('.')[0]}.*",) if step.press and step.fill is not None else ()


def _hint(step: SceneStep) -> Text:
    if step.hint is not None:
        return step.hint.text()
    if step.say is not None:
        return line("{who} 说：{text}", who=Who(step.who), text=step.say)
    if step.answer is not None:
        return line("{who} 接电话", who=Who(step.who))
    return line("时间快进") if step.advance else line("{who} 在卡片上按下一步", who=Who(step.who))


def _trouble(answer: Answer | None) -> Text | None:
    match answer:
        case Refusal(text=text):
            return text
        case Invalid(errors=errors):
            return Joined(tuple(errors.values()), " ")
        case _:
            return None


def read_scene(data: Any) -> Scene:
    """A scene file (data/demo/*.yaml) as values; pydantic says where it is wrong."""
    return Scene.model_validate(data)
