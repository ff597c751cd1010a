// What HTML and htmx cannot do by themselves: the cursor and its stream, fresh request ids, completion, countdowns, panes.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector), $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const root = document.documentElement, body = document.body, box = $("#say"), log = $("#log"), dialog = $("#dialog"), say = body.dataset;
  const fresh = () => crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16).padStart(2, "0")).join("");
  const swap = text => text ? htmx.swap({ text, target: body, swap: "none", sourceElement: body }) : null;

  // --- sending: one id per deed, so a double click or a second try is the same request -------------------------------------------
  const busy = new WeakMap();
  async function send(door, values, from) {
    if (busy.has(from)) return;
    if (door !== "form" && !from.closest(".refusal")) $("#toasts .refusal")?.remove();
    const id = from.dataset.request ||= fresh(), form = values instanceof FormData ? values : new FormData();
    if (form !== values) Object.entries(values).forEach(([key, value]) => form.append(key, value));
    form.set("id", id); form.set("room", say.room);
    busy.set(from, true);
    const slow = setTimeout(() => { if (from.matches(".btn")) { from.dataset.label ||= from.innerHTML; from.style.minWidth = from.offsetWidth + "px"; from.textContent = say.sending; } }, 300);
    try {
      const reply = await fetch(`${say.root}/${door}`, { method: "POST", body: form, headers: { "HX-Request": "true" } });
      delete from.dataset.request;
      if (reply.headers.get("HX-Refresh")) return location.reload();
      if (!reply.ok) { note(`${say.failed} (${reply.status})`); return "failed"; }
      const done = reply.headers.get("Fenghuo") || "done";
      await swap(await reply.text());
      return done;
    } catch { note(say.failed); return "failed"; }  // keeps its id: the next try is the same request
    finally {
      clearTimeout(slow); busy.delete(from);
      if (from.dataset.label) { from.innerHTML = from.dataset.label; delete from.dataset.label; from.style.minWidth = ""; }
      live();
    }
  }
  function note(text) {
    const toast = document.createElement("div"); toast.className = "toast bad"; toast.textContent = text;
    $("#toasts")?.append(toast);
  }

  // --- live: the page asks for everything after its cursor, one question at a time ----------------------------------------------
  let asking = false, again = false, follow = false;
  async function live() {
    if (!say.root) return;
    if (asking) { again = true; return; }
    asking = true;
    const low = !log || log.scrollHeight - log.scrollTop - log.clientHeight < 60, cursor = $("#cursor").dataset;
    const last = $$("[data-id]", log).at(-1)?.dataset.id || 0, form = new FormData();
    form.set("room", say.room); form.set("since", cursor.change); form.set("last", last); form.set("panes", cursor.panes || "");
    if (!document.hidden && low && say.pane === "chat") form.set("seen", last);
    try {
      const reply = await fetch(`${say.root}/live`, { method: "POST", body: form, headers: { "HX-Request": "true" } });
      if (reply.headers.get("HX-Refresh") || reply.status === 404) return location.assign(`${say.root}/`);
      if (reply.ok) { await swap(await reply.text()); online(true); synced(); tick(); settle(low, last); }
    } catch { online(false); }
    finally { asking = false; if (again) { again = false; live(); } }
  }
  function settle(low, last) {
    const newest = $$("[data-id]", log).at(-1)?.dataset.id || 0;
    if (newest !== last && follow) { follow = false; low = true; }  // what I said, or what was answered
    if (low) log.scrollTop = log.scrollHeight; else if (newest !== last) $(".newer").hidden = false;
    if (newest !== last && low && !document.hidden) again = true;  // what came is seen now
  }
  function online(yes) { let bar = $("#offline");
    if (yes) bar?.remove();
    else if (!bar) { bar = document.createElement("p"); bar.id = "offline"; bar.setAttribute("role", "status"); bar.textContent = say.offline; body.append(bar); }
  }
  function listen() {
    const heard = message => {
      if (message.kind !== "change") return online(false);
      if (Number(message.change) === Number($("#cursor").dataset.change)) return online(true);
      document.hidden ? setTimeout(live, 400) : live();  // who is being looked at goes first
    };
    if (window.SharedWorker) {
      const port = new SharedWorker(say.worker, "fenghuo").port;
      port.onmessage = event => heard(event.data);
      addEventListener("pagehide", () => port.postMessage("bye"));
    } else {
      const source = new EventSource(say.stream);
      source.onmessage = event => heard({ kind: "change", change: event.data });
      source.onerror = () => heard({ kind: "lost" });
    }
    setInterval(live, 20000);
    document.addEventListener("visibilitychange", () => document.hidden || live());
    addEventListener("pageshow", event => event.persisted && location.reload());
  }

  // --- clock and countdowns: a hint beside the written time -----------------------------------------------------------------------
  let skew = 0, zone = 0; const said = new Set(), two = n => String(n).padStart(2, "0");
  const synced = () => { const c = $("#cursor")?.dataset; if (c) { skew = Number(c.now) - Date.now(); zone = Number(c.offset); document.title = $("#head").dataset.title; } };
  const span = s => s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s % 3600 / 60))}:${two(s % 60)}` : `${two(Math.floor(s / 60))}:${two(s % 60)}`;
  function tick() {
    const now = Date.now() + skew, at = new Date(now + zone * 1000), clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
    $$("[data-clock]").forEach(e => e.textContent = e.dataset.clock ? clock : `${clock}:${two(at.getUTCSeconds())}`);
    $$("[data-due]").forEach(e => {
      const left = Math.round((e.dataset.due - now) / 1000), text = left >= 0 ? `${say.left || ""} ${span(left)}` : `${say.late || ""} ${span(-left)}`;
      if (e.textContent !== text) e.textContent = text;
      if (!e.dataset.name) return;
      e.closest(".due")?.classList.toggle("late", left < 0); e.closest(".due")?.classList.toggle("soon", left >= 0 && left < 300);
      for (const mark of [300, 60, 0]) if (left <= mark && left > mark - 3 && !said.has(e.dataset.due + mark)) { said.add(e.dataset.due + mark); $("#urgent").textContent = `${e.dataset.name}: ${text}`; }
    });
    $$(".toast").slice(0, -3).forEach(e => e.remove());
    $$(".toast:not([data-ends])").forEach(e => e.dataset.ends = Date.now() + (e.matches(".bad") ? 9000 : 5000));
    $$(".toast[data-ends]").forEach(e => Date.now() > e.dataset.ends && e.remove());
  }

  // --- dialogs ----------------------------------------------------------------------------------------------------------------------
  let warned = false, dirty = false;
  const opened = () => { warned = dirty = false; if (!dialog.open) dialog.showModal(); const first = $(".fld :is(input:not([type=hidden]),textarea,select)", dialog); first?.focus(); };
  function leave() {
    if (dirty && !warned) { warned = true; $("#dialog-warn").hidden = false; return; }
    dialog.close(); dialog.replaceChildren();
  }
  dialog?.addEventListener("cancel", event => { event.preventDefault(); leave(); });
  // What a form would say is asked for again a moment after the last key; only the newest answer is shown.
  let soon = 0, asked = 0;
  async function preview() {
    const form = $("[data-form]", dialog), mine = ++asked; if (!form || !$("#preview")) return;
    const data = new FormData(form); data.set("id", fresh()); data.set("room", say.room);
    try {
      const reply = await fetch(`${say.root}/preview`, { method: "POST", body: data, headers: { "HX-Request": "true" } });
      if (reply.ok && mine === asked && $("#preview")) await swap(await reply.text());
    } catch {}  // the next key asks again
  }
  dialog?.addEventListener("input", () => { dirty = true; if ($("#preview")) { clearTimeout(soon); soon = setTimeout(preview, 250); } });
  async function submit(form) {
    const data = new FormData(form), button = $("[type=submit]", form), done = await send("form", data, button);
    $$(".fld", form).forEach(field => { const bad = $(".err:not([hidden])", field); $$("input:not([type=hidden]),textarea,select", field).forEach(e => bad ? e.setAttribute("aria-invalid", "true") : e.removeAttribute("aria-invalid")); });
    if (done === "done") { dirty = false; leave(); }
    else if (done === "ask") opened();
    else if (done === "kept") ($("[aria-invalid]", form) || $(".err:not([hidden])", form))?.focus?.();
    else if (done === "refused") { const told = $("#toasts .refusal"); if (told) { $("#dialog .refusal")?.remove(); $(".b", form).prepend(told); told.scrollIntoView({ block: "nearest" }); } }
  }

  // --- one listener for everything that is pressed -----------------------------------------------------------------------------------
  async function press(from, pressed, extra = {}) {
    if (!say.root) return;  // the gallery: nothing to press
    if (pressed.action === "sandbox.fill") { box.value = pressed.args.text; box.focus(); $("#toasts").replaceChildren(); return; }
    const message = from.closest("[data-id]")?.dataset.id;
    const done = await send("press", { action: pressed.action, args: JSON.stringify({ ...pressed.args, ...extra }), ...(message ? { message } : {}) }, from);
    if (from.closest(".refusal") && done !== "refused" && done !== "failed") from.closest(".refusal")?.remove();
    if (done === "ask") opened();
  }
  document.addEventListener("click", async event => {
    const from = event.target.closest("[data-press],[data-send],[data-do],[data-why],[data-earlier],.filter button"); if (!from) return;
    const { press: pressed, send: door, why, earlier } = from.dataset, todo = from.dataset.do;
    if (why) { const line = document.createElement("div"); line.className = "toast"; line.textContent = why; $("#toasts")?.append(line); tick(); }
    else if (pressed) press(from, JSON.parse(pressed));
    else if (door) { const done = await send(door, JSON.parse(from.dataset.values || "{}"), from); if (done === "ask") opened(); }
    else if (earlier) { const height = log.scrollHeight - log.scrollTop; const reply = await fetch(earlier); await swap(await reply.text()); log.scrollTop = log.scrollHeight - height; }
    else if (todo === "theme") {
      const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      localStorage.setItem("theme", root.dataset.theme = dark ? "light" : "dark");
    }
    else if (todo === "pane") { body.dataset.pane = body.dataset.pane === from.dataset.to ? "chat" : from.dataset.to; live(); }
    else if (todo === "chat") { event.preventDefault(); body.dataset.pane = "chat"; }
    else if (todo === "close") { from.closest("dialog") === dialog ? leave() : from.closest("dialog").close(); }
    else if (todo === "forget") from.closest(".refusal").remove();
    else if (todo === "newest") { log.scrollTop = log.scrollHeight; from.hidden = true; live(); }
    else if (todo === "slash") { box.value = "/"; box.focus(); complete(); }
    else if (todo === "people") { const reply = await fetch(`${say.root}/people`); await swap(await reply.text()); $("#people").showModal(); }
    else if (todo === "to") { event.preventDefault(); body.dataset.pane = "chat"; const there = document.getElementById(from.dataset.to); there?.scrollIntoView({ block: "center" }); there?.animate?.([{ outline: "3px solid var(--accent-line)", outlineOffset: "4px" }, { outline: "3px solid transparent", outlineOffset: "4px" }], 1600); }
    else if (todo === "print") print();
  });
  document.addEventListener("change", event => {
    const pick = event.target.closest("[data-choose]"); if (!pick || !pick.value) return;
    press(pick, JSON.parse(pick.dataset.choose), { value: pick.value });
  });
  document.addEventListener("submit", async event => {
    const form = event.target; if (!form.matches("[data-say],[data-form]")) return;
    event.preventDefault();
    if (form.matches("[data-form]")) return submit(form);
    const text = box.value; if (!text.trim()) return;
    follow = true;
    const done = await send("say", { text }, box);
    if (["done", "ask"].includes(done) && box.value === text) { box.value = ""; draft(); shut(); log.scrollTop = log.scrollHeight; }
    if (done === "ask") opened();
  });

  // --- composer: a combobox over the commands, deaf to Enter while an input method composes ------------------------------------------
  const pop = $("#slash"), all = $$("[role=option]", pop || document); let shown = [], at = 0, exact = false;
  const draft = () => box && sessionStorage.setItem(`draft:${say.me}:${say.room}`, box.value);
  const shut = () => { pop.hidden = true; box.setAttribute("aria-expanded", "false"); box.removeAttribute("aria-activedescendant"); };
  function choose(n) {
    at = (n + shown.length) % shown.length;
    all.forEach(o => o.setAttribute("aria-selected", o === shown[at]));
    box.setAttribute("aria-activedescendant", shown[at].id); shown[at].scrollIntoView({ block: "nearest" });
  }
  function complete() {
    const typed = /^[\/／](\S*)$/.exec(box.value); if (!typed) return shut();
    const want = typed[1].toLowerCase();
    const names = o => o.dataset.names.split(" "), starts = o => names(o).some(name => name.startsWith(want));
    exact = all.some(o => names(o).includes(want));
    const others = want.length > 1 ? all.filter(o => !starts(o) && o.textContent.toLowerCase().includes(want)) : [];
    shown = [...all.filter(starts), ...others];  // what starts so first, then what speaks of it
    all.forEach(o => o.hidden = !shown.includes(o)); shown.forEach(o => o.parentNode.append(o));
    if (!shown.length) return shut();
    pop.hidden = false; box.setAttribute("aria-expanded", "true"); choose(0);
  }
  const take = () => { box.value = shown[at].dataset.value + " "; shut(); box.focus(); draft(); };
  if (box) {
    box.value = sessionStorage.getItem(`draft:${say.me}:${say.room}`) || "";
    box.addEventListener("input", () => { delete box.dataset.request; draft(); complete(); });
    box.addEventListener("keydown", event => {
      if (event.isComposing || event.keyCode === 229) return;
      if (!pop.hidden) {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); return choose(at + (event.key === "ArrowDown" ? 1 : -1)); }
        if (event.key === "Escape") { event.preventDefault(); return shut(); }
        if (event.key === "Tab" || (event.key === "Enter" && !exact)) { event.preventDefault(); return take(); }
      }
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); $("#composer").requestSubmit(); }
    });
    all.forEach(o => o.addEventListener("mousedown", event => { event.preventDefault(); at = shown.indexOf(o); take(); }));
    box.addEventListener("blur", () => setTimeout(shut, 100));
  }
  if (log && say.root) {
    const start = $("#fresh"); start ? start.scrollIntoView({ block: "start" }) : log.scrollTop = log.scrollHeight;
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: "center" });
    log.addEventListener("scroll", () => { if (log.scrollHeight - log.scrollTop - log.clientHeight < 60 && !$(".newer").hidden) { $(".newer").hidden = true; live(); } });
    synced(); tick(); setInterval(tick, 1000); live(); listen();
  } else { tick(); setInterval(tick, 1000); }
})();
