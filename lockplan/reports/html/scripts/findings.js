// The findings: filtered, a screenful at a time, each with both SQLs side by side.

const findingRoot = document.getElementById("finding-list");
const findingFilter = { words: "", state: "", outcome: "", certainty: "", scope: "", table: "", rule: "" };
const findingItems = element("div", { id: "finding-items" });
const findingCount = element("p", { role: "status", class: "faint", id: "finding-count" });
const SCREENFUL = 40;
let findingMost = SCREENFUL;
let findingSearch;

function startFindings() {
  if (!data.findings.length) return;
  const filter = (name) => (value) => {
    findingFilter[name] = value;
    findingMost = SCREENFUL;
    drawFindings();
  };
  const distinct = (name) => [...new Set(data.findings.map((finding) => text(finding[name])))].filter(Boolean).sort();
  const menus = ["certainty", "outcome", "scope", "table", "rule"].map((name) =>
    menu(name, name, [["", "all"], ...distinct(name).map((value) => [value, value])], "", filter(name)));
  const states = Object.entries(data.states).filter(([state]) => data.findings.some((each) => each.state === state));
  findingSearch = search("Words", "words", filter("words"));
  findingRoot.replaceChildren(
    element("div", { class: "controls", role: "search", "aria-label": "Filter the findings" },
      findingSearch, menu("state", "state", [["", "all"], ...states], "", filter("state")), ...menus,
      element("button", { type: "button", click: clearFilter }, "Clear")),
    findingCount, findingItems);
  drawFindings();
}

function clearFilter() {
  for (const control of findingRoot.querySelectorAll(".controls select, .controls input")) control.value = "";
  for (const name of Object.keys(findingFilter)) findingFilter[name] = "";
  findingMost = SCREENFUL;
  drawFindings();
}

function findingsOf(name) {
  clearFilter();
  findingSearch.querySelector("input").value = name;
  findingFilter.words = name;
  drawFindings();
  document.getElementById("findings").scrollIntoView();
  findingSearch.querySelector("input").focus({ preventScroll: true });
}

function isWanted(finding) {
  if (findingFilter.state && finding.state !== findingFilter.state) return false;
  for (const name of ["certainty", "outcome", "scope", "table", "rule"]) {
    if (findingFilter[name] && text(finding[name]) !== findingFilter[name]) return false;
  }
  return !findingFilter.words || wordsMatch(findingWords(finding), findingFilter.words);
}

function findingWords(finding) {
  const sides = finding.sides.flatMap(([name, place, rows]) => [name, place, rows]);
  return [finding.rule, finding.table, finding.outcome, finding.certainty, finding.scope, ...sides].map(text).join(" ");
}

function drawFindings() {
  const wanted = data.findings.filter(isWanted);
  const shown = wanted.slice(0, findingMost);
  findingCount.textContent = `${wanted.length} of ${data.findings.length} findings` +
    (shown.length < wanted.length ? `, the worst ${shown.length} shown` : "");
  const more = element("button", { type: "button", class: "more", click: () => { findingMost += SCREENFUL; drawFindings(); } },
    `Show ${Math.min(SCREENFUL, wanted.length - shown.length)} more`);
  findingItems.replaceChildren(...shown.map(findingItem), ...(shown.length < wanted.length ? [more] : []));
}

function findingItem(finding) {
  const words = (name) => text(finding[name]);
  const scope = words("scope") === "same run" ? "" : ` · ${words("scope")}`;
  const item = element("details", { class: `finding ${words("outcome")} ${finding.state}` },
    element("summary", {},
      element("span", { class: `badge ${words("outcome")}` }, words("outcome") || "conflict"),
      element("span", { class: "badge" }, words("certainty")),
      element("b", {}, words("rule")), " · ", named(words("table")), scope,
      element("span", { class: "pair" }, named(text(finding.sides[0][0])), " ↔ ", named(text(finding.sides[1][0])),
        element("span", { class: "faint" }, ` ${data.states[finding.state]}`))));
  // Filled when it is opened: most findings are never looked at.
  item.addEventListener("toggle", () => {
    if (item.childElementCount === 1) item.append(findingBody(finding));
  });
  return item;
}

function findingBody(finding) {
  const words = (name) => text(finding[name]);
  const line = (kind, ...content) => element("p", { class: kind }, ...content);
  return element("div", {},
    ...finding.why.map((why) => line("", text(why))),
    words("missing") ? line("note", `not known: ${words("missing")}`) : "",
    ...finding.help.map((advice, n) => line("help", `${n ? "or" : "help"}: ${text(advice)}`)),
    words("by") ? line("faint", `kept apart by: ${words("by")}`) : "",
    words("date") ? line("faint", `as in the run of ${words("date")}`) : "",
    element("div", { class: "sides" }, ...finding.sides.map((side, n) => findingSide("ab"[n], side))),
    line("faint", "marked: the conditions that choose the rows; bold: columns whose values were compared"));
}

function findingSide(letter, [name, place, rows, when, without, statements]) {
  const said = [rows, when].map(text).filter(Boolean).join(", ");
  const unread = element("p", { class: "note" }, `${text(without)}: ${text(place)}`);
  return element("div", {},
    element("p", {}, element("b", {}, `${letter}  `), named(text(name)), said ? ` — ${said}` : ""),
    ...(statements.length ? statements.map(sqlBlock) : [unread]));
}
