// What the pages need besides htmx: composer, drafts, stop, keys, offline notice, announcements.
// Every form here also works without this file.

const $ = (selector, root = document) => root.querySelector(selector);
const html = document.documentElement;
const english = html.lang === "en";
const say = (es, en) => (english ? en : es);

// --- announcements: once per state, never per token -------------------------------------
let announced = "";
let waiting;
function announce(text, region = "#status") {
  if (!text || text === announced) return;
  announced = text;
  clearTimeout(waiting);
  waiting = setTimeout(() => { const place = $(region); if (place) place.textContent = text; }, 400);
}

// --- drafts: kept in this browser until they are sent -----------------------------------
const draftKey = (area) => `ait-draft:${area.dataset.draft}`;
const timers = new WeakMap();
function restoreDrafts(root) {
  for (const area of root.querySelectorAll("textarea[data-draft]")) {
    const kept = localStorage.getItem(draftKey(area));
    if (kept && !area.value) area.value = kept;
    fit(area);
  }
}
function keepDraft(area) {
  clearTimeout(timers.get(area));
  timers.set(area, setTimeout(() => {
    if (area.value.trim()) localStorage.setItem(draftKey(area), area.value);
    else localStorage.removeItem(draftKey(area));
    const note = $("#saved");
    if (note) note.textContent = area.value.trim() ? say("Borrador guardado", "Draft kept") : "";
  }, 500));
}
function forget(area) {
  clearTimeout(timers.get(area));
  localStorage.removeItem(draftKey(area));
}
function fit(area) {
  if (!area.closest(".composer")) return;
  area.rows = Math.min(7, Math.max(1, area.value.split("\n").length, Math.ceil(area.value.length / 78)));
}

// --- composer ----------------------------------------------------------------------------
document.addEventListener("input", (event) => {
  if (event.target.matches("textarea[data-draft]")) { keepDraft(event.target); fit(event.target); }
});
document.addEventListener("keydown", (event) => {
  const area = event.target;
  if (area.matches?.("textarea[data-draft]") && event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (area.value.trim() && !busy()) area.form.requestSubmit();
  }
  if (event.code === "NumpadDecimal" && area.matches?.('input[inputmode="decimal"]')) {
    event.preventDefault();
    area.setRangeText(",", area.selectionStart, area.selectionEnd, "end");
  }
});
document.addEventListener("submit", (event) => {
  const area = $("textarea[data-draft]", event.target);
  if (area && !event.target.hasAttribute("hx-post")) forget(area);
});

const busy = () => $(".turn[data-running]") !== null;
function refresh() {
  const running = busy();
  const stop = $("#stop"), send = $("#send");
  if (stop && send) { stop.hidden = !running; send.hidden = running; }
  announce(running ? say("Respondiendo", "Answering") : "");
}
async function stopTurn() {
  const turn = [...document.querySelectorAll(".turn[data-running]")].pop()?.dataset.running;
  const token = $("#composer input[name=csrf]")?.value;
  if (turn && token) await fetch(`/chat/turns/${turn}/cancel`, { method: "POST", headers: { "X-CSRF-Token": token, "HX-Request": "true" } });
}
document.addEventListener("click", (event) => { if (event.target.closest("#stop")) stopTurn(); });

// --- following the stream: keep the end in view unless the reader scrolled up -------------
const scroller = () => {
  const box = $("#scroller");
  return box && getComputedStyle(box).overflowY === "auto" ? box : html;
};
let follow = true;
let placed = 0;
document.addEventListener("scroll", (event) => {
  const box = scroller();
  if (event.target !== box && event.target !== document) return;
  if (box.scrollTop >= placed - 2) follow = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  else follow = false;
}, true);
function toEnd(force = false) {
  if (!$("#turns") || (!follow && !force)) return;
  const box = scroller();
  box.scrollTop = box.scrollHeight;
  placed = box.scrollTop;
}

document.addEventListener("htmx:after:swap", () => { restoreDrafts(document); refresh(); toEnd(); });
document.addEventListener("htmx:after:request", (event) => {
  const form = event.target.closest?.("#composer");
  if (form && event.detail.ctx?.response?.status < 400) {
    const area = $("textarea", form);
    forget(area);
    area.value = "";
    fit(area);
    const note = $("#saved");
    if (note) note.textContent = "";
    follow = true;
    toEnd(true);
  }
});
document.addEventListener("closed", (event) => {
  const turn = event.target.closest(".turn");
  turn?.removeAttribute("data-running");
  turn?.removeAttribute("aria-busy");
  event.target.remove();
  refresh();
  const last = [...document.querySelectorAll(".turn")].pop();
  const open = last?.querySelectorAll("[data-approval]").length ?? 0;
  announce(say(`Respuesta lista${open ? `, ${open} decisión` : ""}`, `Answer ready${open ? `, ${open} decision` : ""}`), open ? "#alert" : "#status");
});

// --- connection ---------------------------------------------------------------------------
let broken = 0;
function offline(away) {
  const bar = $("#offline");
  if (bar) bar.hidden = !away;
  for (const button of document.querySelectorAll("[data-decide] button, #send")) button.disabled = away;
}
// Only our own stream tells whether the house is there: a laptop without a network reaches its own server.
window.addEventListener("online", () => { broken = 0; offline(false); });
document.addEventListener("htmx:sse:error", (event) => {
  // The session is over: what was typed is kept as a draft and comes back after signing in.
  if (event.detail.status === 401) location.href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
  else if (++broken >= 2) offline(true);
});
document.addEventListener("htmx:sse:after:connection", () => { broken = 0; offline(false); });

// --- theme and keys -------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const button = event.target.closest("#theme");
  if (!button) return;
  event.preventDefault();
  const dark = html.dataset.theme === "dark" || (html.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  const theme = dark ? "light" : "dark";
  html.dataset.theme = theme;
  const form = button.form;
  fetch(form.action, { method: "POST", body: new URLSearchParams({ csrf: form.csrf.value, theme, back: "/" }), redirect: "manual" });
});
// Up and down the queue: J and K go from card to card, O or Enter opens, X chooses.
function walk(step) {
  const items = [...document.querySelectorAll("a[data-item]")].filter((item) => item.checkVisibility());
  const here = items.findIndex((item) => item.closest("li").contains(document.activeElement));
  items[Math.min(items.length - 1, Math.max(0, here + step))]?.focus();
}
// A rejection needs its reason first, then its button.
function refuse(event) {
  const reason = $("form[data-decide] textarea[name=comment]");
  event.preventDefault();
  (reason && !reason.value.trim() ? reason : $('[data-decide] button[value="reject"]'))?.focus();
}
const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
let lead = "";
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); $("#find")?.focus(); return; }
  if (event.key === "Escape" && busy()) { stopTurn(); return; }
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (lead === "g") {
    lead = "";
    const place = { c: "/chat", d: "/approvals", h: "/" }[key];
    if (place) location.href = place;
    return;
  }
  if (key === "g") { lead = "g"; setTimeout(() => { lead = ""; }, 900); }
  else if (key === "/") { event.preventDefault(); $("#find")?.focus(); }
  else if (key === "j" || key === "k") walk(key === "j" ? 1 : -1);
  else if (key === "o") document.activeElement?.closest?.("li")?.querySelector("a[data-item]")?.click();
  else if (key === "x") document.activeElement?.closest?.("li")?.querySelector(".pick")?.click();
  else if (key === "a") $('[data-decide] button[value="approve"]')?.focus();
  else if (key === "r") refuse(event);
  else if (key === "e") $('[data-decide] [data-key="e"]')?.click();
  else if (key === "d") ($('[data-decide] button[value="approve"]') ?? $("[data-approval] a"))?.focus();
});

restoreDrafts(document);
refresh();
toEnd(true);
if (matchMedia("(pointer: fine)").matches && !location.hash) $("#composer textarea")?.focus({ preventScroll: true });
