// The conflict graph: tasks, and lines between those that meet.

const graphRoot = document.getElementById("conflict-graph");
const graphShown = { apart: false };
const LONGEST_LABEL = 30;
const MANY_LINKS = 300;

function startGraph() {
  if (!data.graph.islands.length) {
    graphRoot.append(element("p", {}, "No two tasks meet."));
    return;
  }
  const picture = element("div", { class: "graph" });
  const draw = () => picture.replaceChildren(graphPicture());
  graphRoot.append(
    element("div", { class: "controls" },
      tick("pairs that are kept apart already, and races", "apart", graphShown.apart, (checked) => {
        graphShown.apart = checked;
        draw();
      })),
    graphLegend(), picture);
  if (data.graph.left_out) {
    graphRoot.append(element("p", { class: "note" }, `${data.graph.left_out} conflicts of further tasks are not drawn.`));
  }
  draw();
}

function graphLegend() {
  const all = [["deadlock", "may deadlock"], ["wait", "one waits"], ["possible", "only possible"], ["apart", "kept apart already"], ["race", "race"]];
  return element("ul", { class: "legend graph" }, ...all.map(([kind, words]) =>
    element("li", {}, shape("svg", { width: 26, height: 10, "aria-hidden": "true" },
      shape("line", { class: `link ${kind}`, x1: 0, x2: 26, y1: 5, y2: 5 })), words)));
}

function graphLinks() {
  const wanted = (state) => graphShown.apart || state === "open" || state === "planned";
  const links = new Map();
  for (const finding of data.findings) {
    const names = finding.sides.map(([name]) => name);
    const key = names.join(" ");
    if (wanted(finding.state) && !links.has(key)) links.set(key, { names, finding });
  }
  return [...links.values()];
}

// Tasks stand around a circle, their names outside of it, so that no two names meet.
function graphPlaces(met) {
  const islands = data.graph.islands.map((island) => island.filter((name) => met.has(name))).filter((island) => island.length);
  const gap = islands.length > 1 ? 1.5 : 0;
  const slots = islands.reduce((sum, island) => sum + island.length + gap, 0);
  const radius = Math.max(130, (slots * 17) / (2 * Math.PI));
  const places = new Map();
  let slot = 0;
  for (const island of islands) {
    for (const name of island) places.set(name, { turn: (slot++ / slots) * 2 * Math.PI, radius });
    slot += gap;
  }
  const longest = Math.max(0, ...[...places.keys()].map((name) => Math.min(LONGEST_LABEL, text(name).length)));
  return { places, half: radius + 24 + longest * 6.8 };
}

const onCircle = ({ turn, radius }, share = 1) =>
  [Math.cos(turn) * radius * share, Math.sin(turn) * radius * share].map((each) => Math.round(each * 10) / 10);

function graphPicture() {
  const links = graphLinks();
  const { places, half } = graphPlaces(new Set(links.flatMap(({ names }) => names)));
  const drawn = links.filter(({ names }) => names.every((name) => places.has(name)));
  const nodes = [...places].map(([name, place]) => node(name, place, drawn));
  const words = `${places.size} tasks and ${drawn.length} pairs that meet`;
  const kind = drawn.length > MANY_LINKS ? "dense" : null;
  const picture = shape("svg", { class: kind, viewBox: `${-half} ${-half} ${2 * half} ${2 * half}`, width: 2 * half, role: "group", "aria-label": words },
    ...drawn.map(({ names, finding }) => link(names.map((name) => places.get(name)), names, finding)), ...nodes);
  roving(picture, ".node", barStep);
  return picture;
}

function link([from, to], names, finding) {
  const kept = finding.state === "apart" ? "apart" : "";
  const kind = `link ${text(finding.outcome)} ${text(finding.certainty)} ${kept}`;
  const words = `${names.map(text).join(" ↔ ")}: ${text(finding.rule)}, ${text(finding.certainty)}, ${text(finding.table)}`;
  const [start, end] = [onCircle(from), onCircle(to)];
  const pull = 0.86 - 0.66 * Math.abs(Math.sin((from.turn - to.turn) / 2));
  const way = from === to ? loop(from)
    : `M${start}C${onCircle(from, pull)} ${onCircle(to, pull)} ${end}`;
  return shape("path", { class: kind, d: way, "data-ends": names.join(" ") }, shape("title", {}, words));
}

// A task that meets itself, in the next run.
function loop({ turn, radius }) {
  const side = (by) => onCircle({ turn: turn + by / radius, radius }, (radius - 34) / radius);
  const start = onCircle({ turn, radius });
  return `M${start}C${side(-20)} ${side(20)} ${start}`;
}

function node(name, place, links) {
  const own = links.filter(({ names }) => names.includes(name));
  const words = `${text(name)}: meets ${own.length} ${own.length === 1 ? "task" : "tasks"}`;
  const left = Math.cos(place.turn) < 0;
  const degrees = (place.turn * 180) / Math.PI;
  const [x, y] = onCircle(place);
  const label = shape("text", {
    transform: `translate(${x},${y}) rotate(${left ? degrees + 180 : degrees})`,
    x: left ? -10 : 10, y: 4, "text-anchor": left ? "end" : "start",
  }, lastPart(text(name)));
  const near = (event) => { fade(event.currentTarget, name, own); showTip(event, meetings(words, own, name)); };
  const far = (event) => { unfade(event.currentTarget); hideTip(); };
  const choose = () => findingsOf(text(name));
  return shape("g", {
    class: "node", role: "button", tabindex: -1, "aria-label": `${words}. Shows its findings`, "data-task": text(name),
    mouseenter: near, mouseleave: far, focus: near, blur: far, click: choose,
    keydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); } },
  }, shape("circle", { cx: x, cy: y, r: 5 }), label);
}

// Tasks of one DAG begin alike, so the end of a long name tells more.
function lastPart(name) {
  const letters = [...name];
  return letters.length > LONGEST_LABEL ? ["…", ...letters.slice(1 - LONGEST_LABEL)].join("") : name;
}

function meetings(words, own, name) {
  const most = 12;
  const lines = own.slice(0, most).map(({ names, finding }) => {
    const other = names[0] === name ? names[1] : names[0];
    return `${text(other)} · ${text(finding.rule)} · ${text(finding.certainty)} · ${text(finding.table)}`;
  });
  if (own.length > most) lines.push(`and ${own.length - most} more`);
  return element("div", {}, element("h4", {}, named(words)), list(lines));
}

function fade(target, name, own) {
  const near = new Set(own.flatMap(({ names }) => names.map(text)));
  for (const each of target.ownerSVGElement.querySelectorAll(".node, .link")) {
    const mine = each.dataset.ends?.split(" ").includes(String(name)) ?? near.has(each.dataset.task);
    each.classList.toggle("pale", !mine);
  }
}

function unfade(target) {
  for (const each of target.ownerSVGElement?.querySelectorAll(".pale") ?? []) each.classList.remove("pale");
}
