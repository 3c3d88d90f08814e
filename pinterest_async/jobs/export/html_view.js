"use strict";
// Every text of Pinterest's enters the page as text or as an attribute's value, never as markup.
const read = (id) => JSON.parse(document.getElementById(`data-${id}`).textContent);
const about = read("about");
const boards = read("boards").map(([id, name, description, privacy, count]) =>
  ({ id, name, description, privacy, count, pins: [] }));
const sections = new Map(read("sections"));
const figures = read("figures");
const byId = new Map(boards.map((board) => [board.id, board]));
const pins = [];
for (const part of document.querySelectorAll("script.portion")) {
  for (const [id, board, section, title, description, link, created, picture, color, kind, totals]
    of JSON.parse(part.textContent)) {
    const home = byId.get(board);
    const pin = { id, home, section, title, description, link, created, picture, color, kind, totals };
    pin.words = `${title} ${description} ${home ? home.name : ""} ${link} ${id}`.toLowerCase();
    if (home) home.pins.push(pin);
    pins.push(pin);
  }
  part.remove();
}

const $ = (id) => document.getElementById(id);
const whole = new Intl.NumberFormat();
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
const PORTION = 120;
const STILL = 4; // rows of a grid that are shown before anything is asked for

function element(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else if (name === "on") for (const [what, act] of Object.entries(value)) made.addEventListener(what, act);
    else made.setAttribute(name, value);
  }
  made.append(...inside);
  return made;
}

function words(metric) {
  const text = metric.toLowerCase().replaceAll("_", " ");
  return text[0].toUpperCase() + text.slice(1);
}

function tile(pin, size) {
  const place = element("span", { class: "picture" });
  if (/^#[0-9a-f]{3,8}$/i.test(pin.color)) place.style.background = pin.color;
  if (pin.picture) {
    place.append(element("img", { src: pin.picture, alt: size ? pin.title : "", loading: "lazy", decoding: "async" }));
  }
  return place;
}

function address(text) {
  // Other people's links lead to the web or nowhere.
  if (!/^https?:\/\//i.test(text)) return element("span", {}, text);
  return element("a", { href: text, rel: "noopener noreferrer nofollow", target: "_blank" }, text);
}

function showsEmoji() {
  const canvas = element("canvas", { width: 20, height: 20 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.font = "16px system-ui, sans-serif";
  pen.fillText("\u{1F34E}", 0, 16);
  const { data } = pen.getImageData(0, 0, 20, 20);
  // A box is drawn in the colour of text, an apple is not.
  return data.some((part, index) => index % 4 < 3 && part > 0);
}

// What is shown.
const state = { board: null, text: "", order: "newest", found: [], shown: 0 };
const orders = {
  newest: (a, b) => b.created - a.created,
  oldest: (a, b) => a.created - b.created,
  title: (a, b) => a.title.localeCompare(b.title),
};
const metrics = [...figures.totals];
metrics.forEach((metric, index) => {
  orders[metric] = (a, b) => (b.totals[index] ?? -1) - (a.totals[index] ?? -1);
});

function card(pin, number) {
  const figure = metrics.indexOf(state.order);
  const second = figure < 0
    ? (pin.created ? day.format(pin.created * 1000) : "no date")
    : `${whole.format(pin.totals[figure] ?? 0)} ${words(state.order).toLowerCase()}`;
  return element("li", {}, element("button",
    { class: "pin", type: "button", "data-number": number, on: { click: () => open(number) } },
    tile(pin, false),
    element("span", { class: "words", style: "display:block" },
      element("strong", {}, pin.title || "Without a title"),
      element("span", { class: "note" }, second))));
}

function more() {
  const next = state.found.slice(state.shown, state.shown + PORTION);
  $("pins").append(...next.map((pin, index) => card(pin, state.shown + index)));
  state.shown += next.length;
  $("more").hidden = state.shown >= state.found.length;
}

function show() {
  const asked = state.text.toLowerCase().split(/\s+/).filter(Boolean);
  const from = state.board ? state.board.pins : pins;
  state.found = from.filter((pin) => asked.every((word) => pin.words.includes(word)));
  state.found.sort(orders[state.order]);
  state.shown = 0;
  $("pins").replaceChildren();
  more();
  const where = state.board ? ` on ${state.board.name}` : "";
  $("count").textContent = `${whole.format(state.found.length)} Pins${where}`;
  for (const button of document.querySelectorAll("button.board")) {
    button.setAttribute("aria-pressed", String(button.dataset.id === (state.board?.id ?? "")));
  }
  draw();
}

// One Pin.
let opened = -1;
function open(number) {
  const pin = state.found[number];
  if (!pin) return;
  opened = number;
  while (number >= state.shown) more();
  const facts = [
    ["Board", pin.home ? pin.home.name : "none of this account"],
    ["Section", sections.get(pin.section)],
    ["Created", pin.created ? new Date(pin.created * 1000).toISOString().slice(0, 16).replace("T", " ") + " UTC" : null],
    ["Kind", pin.kind],
  ].filter(([, value]) => value);
  const table = element("table", {}, ...facts.map(([name, value]) =>
    element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value))),
  ...metrics.map((metric, index) => element("tr", {},
    element("th", { scope: "row" }, words(metric)),
    element("td", { class: "number" }, pin.totals[index] == null ? "–" : whole.format(pin.totals[index])))));
  const text = element("div", {},
    element("h2", { id: "name", style: "margin-top:0" }, pin.title || "Without a title"),
    element("p", {}, pin.description), table);
  if (pin.link) text.append(element("p", {}, "Leads to ", address(pin.link)));
  text.append(element("p", {}, address(`https://www.pinterest.com/pin/${encodeURIComponent(pin.id)}/`)));
  text.append(element("div", { class: "row" },
    element("button", { type: "button", class: "plain", on: { click: () => open(opened - 1) } }, "Previous"),
    element("button", { type: "button", class: "plain", on: { click: () => open(opened + 1) } }, "Next"),
    element("button", { type: "button", on: { click: () => $("pin").close() } }, "Close")));
  $("pin").replaceChildren(element("div", { class: "whole" }, tile(pin, true), text));
  if (!$("pin").open) $("pin").showModal();
}
$("pin").addEventListener("close", () => document.querySelector(`[data-number="${opened}"]`)?.focus());
$("pin").addEventListener("keydown", (event) => {
  if (event.key === "ArrowRight") open(opened + 1);
  if (event.key === "ArrowLeft") open(opened - 1);
});

// Figures over time.
function draw() {
  const series = figures.days[state.board ? state.board.id : ""] ?? {};
  const names = Object.keys(series);
  $("figures").hidden = names.length === 0;
  if (!names.length) return;
  const chosen = names.includes($("metric").value) ? $("metric").value : names[0];
  $("metric").replaceChildren(...names.map((name) =>
    element("option", { value: name, ...(name === chosen ? { selected: "" } : {}) }, words(name))));
  const points = series[chosen];
  const top = Math.max(1, ...points.map(([, value]) => value));
  const x = (index) => (points.length < 2 ? 500 : (index / (points.length - 1)) * 1000);
  const y = (value) => 195 - (value / top) * 190;
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  drawing.setAttribute("viewBox", "0 0 1000 200");
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("role", "img");
  const sum = points.reduce((total, [, value]) => total + value, 0);
  drawing.setAttribute("aria-label",
    `${words(chosen)}: ${whole.format(sum)} from ${points[0][0]} to ${points.at(-1)[0]}, at most ${whole.format(top)} a day`);
  for (const share of [0, 0.5, 1]) {
    const line = document.createElementNS(space, "line");
    line.setAttribute("x1", 0); line.setAttribute("x2", 1000);
    line.setAttribute("y1", y(top * share)); line.setAttribute("y2", y(top * share));
    drawing.append(line);
  }
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", points.map(([, value], index) => `${index ? "L" : "M"}${x(index)} ${y(value)}`).join(""));
  drawing.append(path);
  $("chart").replaceChildren(
    element("div", { class: "axis note" }, element("span", {}, `${whole.format(top)} a day`),
      element("span", {}, `${whole.format(sum)} in all`)),
    drawing,
    element("div", { class: "axis note" }, element("span", {}, points[0][0]),
      element("span", {}, points.at(-1)[0])));
  $("days").replaceChildren(...points.map(([date, value]) => element("tr", {},
    element("td", {}, date), element("td", { class: "number" }, whole.format(value)))));
}

// The page.
document.title = `${about.account} – Pins`;
$("account").textContent = about.account;
$("summary").textContent = `${whole.format(boards.length)} boards and ${whole.format(pins.length)} Pins, `
  + `exported ${about.exported}. ${about.complete ? "Complete." : "Something is missing: see manifest.json."}`;
$("unseen").hidden = about.pictures;
$("boxes").hidden = showsEmoji();
function boardCard(board, label, members, note) {
  const covers = element("div", { class: "pictures" },
    ...members.filter((pin) => pin.picture || pin.color).slice(0, 3).map((pin) => tile(pin, false)));
  return element("button", {
    class: "board", type: "button", "data-id": board ? board.id : "", "aria-pressed": "false",
    on: { click: () => { state.board = board; show(); } },
  }, covers, element("h3", {}, label), element("p", { class: "note" }, note));
}
$("boards").append(boardCard(null, "All Pins", pins, `${whole.format(pins.length)} Pins`),
  ...boards.map((board) => boardCard(board, board.name || "Without a name", board.pins,
    `${whole.format(board.pins.length)} Pins${board.privacy && board.privacy !== "PUBLIC" ? ` · ${board.privacy.toLowerCase()}` : ""}`)));
$("order").append(...metrics.map((metric) => element("option", { value: metric }, words(metric))));
$("order").addEventListener("change", () => { state.order = $("order").value; show(); });
$("text").addEventListener("input", () => { state.text = $("text").value; show(); });
$("metric").addEventListener("change", draw);
$("more").addEventListener("click", more);
new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) more(); },
  { rootMargin: "1200px" }).observe($("more"));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(INPUT|SELECT)$/.test(document.activeElement.tagName)) {
    event.preventDefault();
    $("text").focus();
  }
  const number = Number(document.activeElement.dataset?.number ?? NaN);
  if (Number.isNaN(number) || $("pin").open) return;
  const columns = getComputedStyle($("pins")).gridTemplateColumns.split(" ").length;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  if (!step) return;
  event.preventDefault();
  if (number + step >= state.shown - columns * STILL) more();
  document.querySelector(`[data-number="${number + step}"]`)?.focus();
});
show();
document.documentElement.dataset.ready = "yes";
