// The night: the run before over the run after, on one time axis, drawn anew at each change.

const ROW = 22;
const BAR = 14;
const AXIS = 24;
const SHEET = 560;
const MOST_ZOOM = 64;
const MANY_TASKS = 60;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
const RUNS = [["both", "Both"], ["before", "Before"], ["after", "After"]];
const ROWS = [["task", "Task"], ["table", "Table"], ["dag", "DAG"]];

const night = { dag: "", rows: "task", runs: "both", plan: true, data: false, find: "", zoom: 1, width: 0, paper: 0 };
const nightRoot = document.getElementById("gantt");
const nightPanels = element("div", { class: "night" });
const nightDetails = element("div", { "aria-live": "polite" });
const zoomed = element("input", { type: "range", name: "zoom", min: 0, max: 6, step: 0.05, value: 0, "aria-label": "Zoom" });

const taskName = (task) => `${data.dags[task.dag].id}.${task.id}`;
const rowId = (task) => data.dags.length > 1 && night.dag === "" ? taskName(task) : task.id;

function startNight() {
  if (!data.tasks.length) {
    nightRoot.append(element("p", {}, "There is no task to draw."));
    return;
  }
  const draw = (name) => (value) => { night[name] = value; drawNight(); };
  const dags = data.dags.map((dag, number) => [String(number), dag.id]);
  const one = dags.length === 1;
  night.dag = one || data.tasks.length > MANY_TASKS ? "0" : "";
  zoomed.addEventListener("input", () => zoomTo(2 ** Number(zoomed.value)));
  nightRoot.append(
    element("div", { class: "controls", role: "group", "aria-label": "What is drawn" },
      ...(one ? [] : [menu("DAG", "dag", [["", "all"], ...dags], night.dag, draw("dag"))]),
      choice("Rows by", ROWS, night.rows, draw("rows")),
      choice("Runs", RUNS, night.runs, draw("runs")),
      tick("the plan's edges", "plan-edges", night.plan, draw("plan")),
      tick("the files' own edges", "data-edges", night.data, draw("data")),
      search("Task or table", "find", draw("find")),
      element("fieldset", {}, element("legend", {}, "Zoom"),
        zoomButton("−", "Zoom out", () => night.zoom / 2), zoomed,
        zoomButton("+", "Zoom in", () => night.zoom * 2),
        zoomButton("All", "Show all", () => 1))),
    nightLegend(), nightPanels, nightDetails);
  nightPanels.addEventListener("keydown", zoomByKey);
  nightPanels.addEventListener("wheel", zoomByWheel, { passive: false });
  drawNight();
  new ResizeObserver(() => {
    if (Math.abs(nightPanels.clientWidth - night.width) > 2) drawNight();
  }).observe(nightPanels);
}

const zoomButton = (label, title, zoom) =>
  element("button", { type: "button", title, "aria-label": title, click: () => zoomTo(zoom()) }, label);

function zoomByKey(event) {
  const zoom = { "+": night.zoom * 2, "=": night.zoom * 2, "-": night.zoom / 2, 0: 1 }[event.key];
  if (zoom === undefined || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  zoomTo(zoom);
}

function zoomByWheel(event) {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoomTo(night.zoom * (event.deltaY < 0 ? 1.25 : 0.8));
}

// What stood in the middle stays there, and so does the focus.
function zoomTo(zoom) {
  const panels = [...nightPanels.querySelectorAll(".panel")];
  const middle = panels.map((panel) => (panel.scrollLeft + panel.clientWidth / 2) / panel.scrollWidth);
  const tops = panels.map((panel) => panel.scrollTop);
  night.zoom = Math.min(MOST_ZOOM, Math.max(1, zoom));
  zoomed.value = Math.log2(night.zoom);
  drawNight();
  nightPanels.querySelectorAll(".panel").forEach((panel, n) => {
    panel.scrollLeft = middle[n] * panel.scrollWidth - panel.clientWidth / 2;
    panel.scrollTop = tops[n];
  });
}

function nightLegend() {
  const sample = (...shapes) => shape("svg", { class: "chart", width: 26, height: 16, "aria-hidden": "true" }, ...shapes);
  const box = (kind) => shape("rect", { class: kind, x: 1, y: 2, width: 24, height: 12 });
  const line = (kind) => shape("line", { class: kind, x1: 0, x2: 26, y1: 8, y2: 8 });
  const all = [
    [[box("work")], "working; by table: holds locks, having written"],
    [[box("hold reads")], "by table: holds locks on what it read"],
    [[box("wait")], "waiting for a lock"],
    [[line("idle")], "waiting for other tasks"],
    [[line("slot")], "waiting for a slot or the next try"],
    [[box("critical")], "critical path"],
    [[cross(13, 8)], "fails"],
    [[shape("circle", { class: "never", cx: 13, cy: 8, r: 4 })], "never starts"],
    [[line("edge")], "edge of the plan"],
  ];
  return element("ul", { class: "legend" },
    ...all.map(([shapes, words]) => element("li", {}, sample(...shapes), words)));
}

// Rows: a name, lanes, and the marks of each run in them.

function chosenTasks() {
  return data.tasks.filter((task) => night.dag === "" || String(task.dag) === night.dag);
}

function nightRows() {
  const tasks = chosenTasks();
  const rows = { task: rowsByTask, table: rowsByTable, dag: rowsByDag }[night.rows](tasks);
  return night.find ? rows.filter((row) => wordsMatch(row.words ?? row.name, night.find)) : rows;
}

const runMarks = (task, when) => task[when].map((run) =>
  ({ kind: "run", task, run, when, start: run.start, end: run.end, lane: 0 }));

function rowsByTask(tasks) {
  return tasks.map((task) => ({
    name: rowId(task),
    words: `${taskName(task)} ${task.does.map(text).join(" ")}`,
    task,
    lanes: 1,
    marks: { before: runMarks(task, "before"), after: runMarks(task, "after") },
  }));
}

function rowsByTable(tasks) {
  const rows = new Map();
  const row = (table) => {
    if (!rows.has(table)) rows.set(table, { name: table || "table not known", marks: { before: [], after: [] } });
    return rows.get(table);
  };
  for (const task of tasks) for (const when of ["before", "after"]) for (const run of task[when]) {
    for (const [start, end, table, writes] of run.holds ?? []) {
      row(text(table)).marks[when].push({ kind: "hold", task, run, when, start, end, writes });
    }
    for (const [start, end, , table] of run.waits ?? []) {
      row(text(table)).marks[when].push({ kind: "wait", task, run, when, start, end });
    }
  }
  const sorted = [...rows.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  return sorted.map(inLanes);
}

function rowsByDag(tasks) {
  const rows = new Map();
  for (const task of tasks) {
    const row = rows.get(task.dag) ?? { name: data.dags[task.dag].id, marks: { before: [], after: [] } };
    rows.set(task.dag, row);
    for (const when of ["before", "after"]) row.marks[when].push(...runMarks(task, when));
  }
  return [...rows.values()].map(inLanes);
}

// Marks that overlap go below each other.
function inLanes(row) {
  let lanes = 1;
  for (const marks of Object.values(row.marks)) {
    const ends = [];
    marks.sort((a, b) => a.start - b.start || a.end - b.end);
    for (const mark of marks) {
      const free = ends.findIndex((end) => end <= mark.start);
      mark.lane = free < 0 ? ends.length : free;
      ends[mark.lane] = Math.max(mark.end, mark.start);
    }
    lanes = Math.max(lanes, ends.length);
  }
  return { ...row, lanes, packed: true };
}

// Drawing.

function drawNight() {
  hideTip();
  const focused = nightPanels.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  night.width = night.paper || nightPanels.clientWidth;
  const rows = nightRows();
  if (!rows.length) {
    const none = night.find ? "Nothing has this name." : "No task holds a lock or waits for one.";
    nightPanels.replaceChildren(element("p", {}, none));
    return;
  }
  const names = nameWidth(rows);
  const span = Math.max(1, ...chosenTasks().flatMap((task) => [...task.before, ...task.after].map((run) => run.end)));
  const room = Math.max(120, night.width - names - 20);
  const scale = { perSecond: (room * night.zoom) / (span * 1.02), span, width: room * night.zoom };
  const shown = night.runs === "both" ? ["before", "after"] : [night.runs];
  nightPanels.replaceChildren(...shown.flatMap((when) =>
    sheets(rows).flatMap((sheet) => panel(when, sheet, names, scale))));
  const panels = [...nightPanels.querySelectorAll(".panel")];
  for (const each of panels) {
    roving(each, ".bar", barStep);
    each.addEventListener("scroll", () => panels.forEach((other) => {
      if (other.scrollLeft !== each.scrollLeft) other.scrollLeft = each.scrollLeft;
    }));
  }
  if (focused) nightPanels.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

// On the screen all rows are one sheet; on paper no row may be cut by the end of a page.
function sheets(rows) {
  const most = night.paper ? SHEET : Infinity;
  const found = [{ rows: [], height: 0 }];
  for (const row of rows) {
    const height = row.packed ? row.lanes * (BAR + 3) + 8 : ROW;
    let sheet = found.at(-1);
    if (sheet.rows.length && sheet.height + height > most) found.push(sheet = { rows: [], height: 0 });
    sheet.rows.push({ ...row, height, top: sheet.height });
    sheet.height += height;
  }
  return found;
}

function nameWidth(rows) {
  const longest = Math.max(...rows.map((row) => row.name.length));
  return Math.round(Math.min(longest * 7.2 + 20, 300, night.width * 0.4));
}

function barStep(key, at, all) {
  if (key === "ArrowRight" || key === "ArrowDown") return Math.min(at + 1, all.length - 1);
  if (key === "ArrowLeft" || key === "ArrowUp") return Math.max(at - 1, 0);
  if (key === "Home") return 0;
  if (key === "End") return all.length - 1;
  return undefined;
}

function panel(when, { rows, height }, names, scale) {
  const words = night.dag === "" ? { before: "Before: as the files stand", after: "After: with the plan's edges" }[when]
    : data.dags[Number(night.dag)][when];
  const labels = rows.map((row) => element("div", {
    class: row.task?.[when].some((run) => run.critical) ? "row critical" : "row",
    title: row.name,
  }, named(row.name)));
  labels.forEach((label, n) => {
    label.style.height = `${rows[n].height}px`;
    label.style.lineHeight = `${rows[n].packed ? rows[n].height : ROW}px`;
  });
  const corner = element("div", { class: "axis" });
  corner.style.height = `${AXIS}px`;
  const column = element("div", { class: "rows", "aria-hidden": "true" }, corner, ...labels);
  column.style.width = `${names}px`;
  const charts = element("div", {}, axis(scale), chart(when, rows, height, scale));
  return [element("h3", {}, words),
    element("div", { class: "panel", "data-when": when, role: "group", "aria-label": words }, column, charts)];
}

const at = (scale, second) => Math.round(second * scale.perSecond * 10) / 10;

function tickStep(scale) {
  const most = Math.max(1, scale.width / 80);
  return STEPS.find((step) => scale.span / step <= most) ?? Math.ceil(scale.span / most);
}

function ticks(scale) {
  const step = tickStep(scale);
  return Array.from({ length: Math.floor(scale.span / step) + 1 }, (_, n) => n * step);
}

function axis(scale) {
  const marks = ticks(scale).map((second) => {
    const x = at(scale, second);
    const last = x + 44 > scale.width;
    return shape("text", { x: last ? x - 3 : x + 3, y: 16, "text-anchor": last ? "end" : "start" }, duration(second));
  });
  return shape("svg", { class: "chart axis", width: scale.width, height: AXIS, "aria-hidden": "true" }, ...marks);
}

function chart(when, rows, height, scale) {
  const grid = ticks(scale).map((second) =>
    shape("line", { class: "grid", x1: at(scale, second), x2: at(scale, second), y1: 0, y2: height }));
  const bars = rows.flatMap((row) => row.marks[when].map((mark, n) => bar(row, mark, n, scale)));
  return shape("svg", { class: "chart", width: scale.width, height, role: "list", "aria-label": "Bars" },
    ...grid, ...bars, ...(night.rows === "task" ? arrows(when, rows, scale) : []));
}

function bar(row, mark, number, scale) {
  const height = BAR;
  const top = row.top + (row.packed ? 4 + mark.lane * (BAR + 3) : (ROW - BAR) / 2);
  const box = { x: at(scale, mark.start), y: top, width: Math.max(2, at(scale, mark.end - mark.start)), height };
  const content = mark.kind === "run" ? runShapes(row, mark, box, scale) : holdShapes(mark, box);
  const words = barWords(mark);
  const show = (event) => showTip(event, card(mark, false));
  return shape("g", {
    class: "bar",
    role: "listitem",
    tabindex: -1,
    "data-key": `${mark.when} ${mark.kind} ${row.name} ${number}`,
    "data-task": taskName(mark.task),
    "aria-label": words,
    mouseenter: show,
    mouseleave: hideTip,
    focus: show,
    blur: hideTip,
    click: () => pin(mark),
    keydown: (event) => { if (event.key === "Enter") pin(mark); },
  }, ...content, shape("rect", { class: "focus", ...box, x: box.x - 2, width: box.width + 4 }));
}

function runShapes(row, mark, box, scale) {
  const { run } = mark;
  const middle = box.y + box.height / 2;
  const shapes = [];
  if (!row.packed) {
    shapes.push(level("idle", 0, at(scale, run.ready), middle));
    if (run.start > run.ready) shapes.push(level("slot", at(scale, run.ready), box.x, middle));
  }
  if (neverStarted(run)) {
    const circle = shape("circle", { class: "never", cx: box.x + 5, cy: middle, r: 4 });
    return [...shapes, circle, row.packed ? "" : beside({ ...box, width: 10 }, row, "never starts", scale, "")];
  }
  const stretch = (kind, start, end) => shape("rect", { ...box, class: kind, x: at(scale, start), width: Math.max(1.5, at(scale, end - start)) });
  const tries = run.tries?.length ? run.tries : [[run.start, run.end]];
  tries.slice(1).forEach(([start], n) => shapes.push(level("slot", at(scale, tries[n][1]), at(scale, start), middle)));
  for (const [start, end] of tries) shapes.push(...working(run, start, end).map((part) => stretch("work", ...part)));
  for (const [start, end] of run.waits ?? []) shapes.push(stretch("wait", start, end));
  tries.slice(0, -1).forEach(([start, end]) => shapes.push(stretch("failed-try", start, end), cross(at(scale, end), middle)));
  if (run.critical) shapes.push(stretch("critical", run.start, run.end));
  if (run.state === "failed") shapes.push(cross(box.x + box.width, middle));
  if (row.packed) shapes.push(inside(box, mark.task.id));
  else shapes.push(beside(box, row, trouble(run), scale, "note-text"));
  return shapes;
}

function holdShapes(mark, box) {
  const kind = mark.kind === "wait" ? "wait" : mark.writes ? "hold" : "hold reads";
  return [shape("rect", { class: kind, ...box }), mark.kind === "wait" ? "" : inside(box, mark.task.id)];
}

const neverStarted = (run) => run.state !== "success" && run.state !== "failed";
const level = (kind, x1, x2, y) => shape("line", { class: kind, x1, x2, y1: y, y2: y });
const cross = (x, y) => shape("path", { class: "fails", d: `M${x - 4},${y - 4}l8,8m0,-8l-8,8` });

function working(run, start, end) {
  const parts = [];
  let from = start;
  for (const [begin, until] of run.waits ?? []) {
    if (begin >= end || until <= start) continue;
    if (begin > from) parts.push([from, begin]);
    from = Math.max(from, until);
  }
  if (end > from) parts.push([from, end]);
  return parts;
}

function trouble(run) {
  const wait = run.waits?.at(-1);
  const failed = run.state === "failed" ? `×${run.error ?? ""} ` : "";
  return failed + (wait ? `waits for ${text(wait[2])}: ${text(wait[3])}` : "");
}

// A word beside a bar, on the side that has room for it; none where neither has.
function beside(box, row, words, scale, kind) {
  const most = words.length * 6;
  const right = scale.width - box.x - box.width - 10;
  const fits = right > most || box.x > most;
  if (!words || !fits) return "";
  const onRight = right > most;
  const x = onRight ? box.x + box.width + 8 : box.x - 6;
  return shape("text", { class: kind, x, y: box.y + 11, "text-anchor": onRight ? "start" : "end" }, words);
}

function inside(box, words) {
  const most = Math.floor((box.width - 6) / 6.4);
  if (most < 6) return "";
  return shape("text", { class: "inside", x: box.x + 3, y: box.y + 11 }, shortened(words, most));
}

function arrows(when, rows, scale) {
  const byTask = new Map(rows.map((row) => [row.task, row]));
  const edges = data.edges.filter((edge) => edge[when] && (edge.origin === "data" ? night.data : night.plan));
  return edges.flatMap((edge) => {
    const [above, below] = [data.tasks[edge.from], data.tasks[edge.to]];
    const [tail, head] = [byTask.get(above), byTask.get(below)];
    return tail && head && above[when][0] && below[when][0]
      ? [arrow(edge, tail, above[when][0].end, head, below[when][0].start, scale)] : [];
  });
}

function arrow(edge, tail, end, head, start, scale) {
  const down = head.top > tail.top;
  const from = [at(scale, end), tail.top + ROW / 2 + (down ? BAR / 2 : -BAR / 2)];
  const to = [at(scale, start), head.top + ROW / 2 + (down ? -BAR / 2 : BAR / 2)];
  const bend = Math.max(14, Math.abs(to[1] - from[1]) / 3) * (down ? 1 : -1);
  const way = `M${from}C${from[0] + 10},${from[1] + bend} ${to[0] - 10},${to[1] - bend} ${to}`;
  const point = down ? `M${to}l-4,-7h8z` : `M${to}l-4,7h8z`;
  const kind = edge.origin === "data" ? "data" : "plan";
  const words = `${data.tasks[edge.to].id} after ${data.tasks[edge.from].id}` + (edge.why ? ` — ${edge.why}` : "");
  return shape("g", { "data-edge": kind, "aria-hidden": "true" }, shape("title", {}, words),
    shape("path", { class: `edge ${kind}`, d: way }), shape("path", { class: `head ${kind}`, d: point }));
}

// What is said of a bar.

function barWords(mark) {
  const { task, run, when } = mark;
  const what = { run: "runs", hold: "holds locks", wait: "waits for a lock" }[mark.kind];
  if (neverStarted(run)) return `${taskName(task)}, ${when}: never starts`;
  return `${taskName(task)}, ${when}: ${what} from ${duration(mark.start)} to ${duration(mark.end)}` +
    (mark.kind === "run" && trouble(run) ? `, ${trouble(run)}` : "");
}

function card(mark, whole) {
  const { task, run, when } = mark;
  const most = whole ? Infinity : 1;
  const part = (title, items) => items.length ? [element("p", {}, element("b", {}, title)), list(items)] : [];
  const waits = (run.waits ?? []).map(([start, end, holder, table, lock]) =>
    `${duration(start)} to ${duration(end)}: ${text(holder)} holds ${text(table)}` + (lock && text(lock) ? ` (${text(lock)})` : ""));
  const failed = (run.errors ?? []).map((error, n) => `try ${n + 1} fails with ${error} at ${duration(run.tries[n][1])}`);
  const sql = task.sql.slice(0, most).map(sqlBlock);
  const more = task.sql.length + task.more_sql - sql.length;
  const fragment = element("div", {},
    element("h4", {}, named(taskName(task))),
    element("p", {}, stateWords(run, when)),
    element("p", { class: "faint" }, named(`${text(task.operator)} · ${text(task.place)}`),
      text(task.duration) ? ` · takes ${text(task.duration)}` : ""),
    ...part("Waits for locks", waits), ...part("Fails and tries again", failed),
    ...part("Locks that stop others", task.locks.map(text).slice(0, whole ? Infinity : 2)),
    ...part("Tables and rows", task.does.map(text).slice(0, whole ? Infinity : 3)),
    ...(task.unread ? [element("p", { class: "note" }, `${task.unread} of its statements could not be read`)] : []),
    ...sql);
  if (more > 0) fragment.append(element("p", { class: "faint" }, `and ${more} more of its statements` + (whole ? "" : ": press Enter")));
  return fragment;
}

function stateWords(run, when) {
  if (neverStarted(run)) return `${when}: never starts (${run.state})`;
  const ready = run.start > run.ready ? `ready at ${duration(run.ready)}, ` : "";
  const end = run.state === "failed" ? `fails with ${run.error ?? "an error"} at ${duration(run.end)}` : `ends at ${duration(run.end)}`;
  return `${when}: ${ready}starts at ${duration(run.start)}, ${end}` + (run.critical ? "; on the critical path" : "");
}

function pin(mark) {
  hideTip();
  const pinned = document.activeElement;
  const close = element("button", { type: "button", click: () => {
    nightDetails.replaceChildren();
    pinned.focus({ preventScroll: true });
  } }, "Close");
  nightDetails.replaceChildren(element("div", { class: "details" }, close, card(mark, true)));
  nightDetails.scrollIntoView({ block: "nearest" });
}
