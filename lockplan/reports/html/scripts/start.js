// The page comes to life.

const PAPER = 1030;

function startTheme() {
  const button = document.getElementById("theme");
  const dark = () => document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : window.matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => {
    button.textContent = dark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `${button.textContent} colours`);
  };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = dark() ? "light" : "dark";
    label();
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  button.hidden = false;
  label();
}

// Bars that wait are hatched in every picture of the page.
function startHatch() {
  const pattern = shape("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    shape("line", { class: "hatch", x1: 1.5, y1: 0, x2: 1.5, y2: 6 }));
  document.body.prepend(shape("svg", { width: 0, height: 0, "aria-hidden": "true", class: "defs" }, shape("defs", {}, pattern)));
}

// On paper nothing scrolls: all of it is drawn to the width of the sheet.
function startPrint() {
  let zoom = 1;
  const draw = (paper, wanted) => {
    Object.assign(night, { paper, zoom: wanted });
    if (data.tasks.length) drawNight();
  };
  window.addEventListener("beforeprint", () => {
    zoom = night.zoom;
    draw(PAPER, 1);
  });
  window.addEventListener("afterprint", () => draw(0, zoom));
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  hideTip();
  nightDetails.replaceChildren();
});

startTheme();
startHatch();
startNight();
startGraph();
startFindings();
startPrint();
