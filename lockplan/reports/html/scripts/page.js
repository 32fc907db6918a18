"use strict";
// What all parts of the page use. Names and SQL come from other people's files: they only ever
// become text nodes and attributes, never markup.

const data = JSON.parse(document.getElementById("data").textContent);
const text = (number) => data.texts[number];
data.findings = data.findings.map((values) =>
  Object.fromEntries(data.finding_fields.map((field, n) => [field, values[n]])));

function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function shape(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

// As lockplan's other reports write times: 35s, 2m 30s, 47m, 1h 02m.
function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 600) {
    const rest = whole % 60;
    return `${(whole - rest) / 60}m` + (rest ? ` ${two(rest)}s` : "");
  }
  const minutes = Math.round(whole / 60);
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
}

function sqlBlock(number) {
  const { place, when, pieces } = data.sql[number];
  const code = element("pre", { class: "sql" });
  for (const [kind, piece] of pieces) {
    code.append(kind ? element("mark", { class: kind }, piece) : piece);
  }
  const where = element("p", { class: "faint" }, named(place), when ? ` · ${when}` : "");
  return element("div", {}, where, code);
}

function named(words) {
  return element("bdi", { class: "name" }, words);
}

function list(items) {
  return element("ul", {}, ...items.map((item) => element("li", {}, item)));
}

// One tooltip for the page, beside what is pointed at or focused.
const tip = element("div", { class: "tip", role: "tooltip", id: "tip", hidden: true });
document.body.append(tip);

function showTip({ currentTarget: target, clientX }, content) {
  tip.replaceChildren(content);
  tip.hidden = false;
  target.setAttribute("aria-describedby", "tip");
  const box = (target.querySelector(".focus") ?? target).getBoundingClientRect();
  const size = tip.getBoundingClientRect();
  const fits = { below: box.bottom + 8 + size.height < innerHeight, above: box.top - 8 > size.height };
  const beside = box.right + 12 + size.width < innerWidth ? box.right + 12 : box.left - size.width - 12;
  const left = fits.below || fits.above ? Math.max(box.left, (clientX ?? 0) - 40) : beside;
  const top = fits.below ? box.bottom + 8 : fits.above ? box.top - size.height - 8 : innerHeight - size.height - 8;
  tip.style.left = `${Math.max(4, Math.min(left, innerWidth - size.width - 8))}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}

function hideTip() {
  tip.hidden = true;
  document.querySelector("[aria-describedby='tip']")?.removeAttribute("aria-describedby");
}

// Controls: each tells what was chosen.
function choice(legend, options, chosen, change) {
  const buttons = options.map(([value, label]) =>
    element("button", {
      type: "button",
      "aria-pressed": String(value === chosen),
      "data-value": value,
      click: ({ currentTarget }) => {
        for (const each of buttons) each.setAttribute("aria-pressed", String(each === currentTarget));
        change(value);
      },
    }, label));
  return element("fieldset", {}, element("legend", {}, legend), ...buttons);
}

function menu(label, name, options, chosen, change) {
  const select = element("select", { name, change: () => change(select.value) },
    ...options.map(([value, words]) => element("option", { value, selected: value === chosen }, words)));
  return element("label", {}, label, select);
}

function tick(label, name, checked, change) {
  const box = element("input", { type: "checkbox", name, checked, change: () => change(box.checked) });
  return element("label", {}, box, label);
}

function search(label, name, change) {
  const input = element("input", { type: "search", name, input: () => change(input.value) });
  return element("label", {}, label, input);
}

// One of many is in the order of Tab; the arrow keys go to the others.
function roving(container, selector, step) {
  container.addEventListener("keydown", (event) => {
    const all = [...container.querySelectorAll(selector)];
    const at = all.indexOf(document.activeElement);
    const next = at < 0 ? undefined : step(event.key, at, all);
    if (next === undefined) return;
    event.preventDefault();
    all[at].setAttribute("tabindex", "-1");
    all[next].setAttribute("tabindex", "0");
    all[next].focus();
  });
  container.querySelector(selector)?.setAttribute("tabindex", "0");
}

// The middle goes: both ends tell names apart.
function shortened(words, most) {
  const letters = [...words];
  const tail = Math.floor((most - 1) / 2);
  return letters.length > most ? [...letters.slice(0, most - 1 - tail), "…", ...letters.slice(-tail)].join("") : words;
}

function wordsMatch(words, wanted) {
  const low = words.toLowerCase();
  return wanted.toLowerCase().split(/\s+/).every((part) => low.includes(part));
}
