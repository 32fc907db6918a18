"""A panel of widgets for notebooks: turn a knob, and one picture is drawn again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lockplan.errors import InputError, LockplanError
from lockplan.model import html
from lockplan.model.connection import Isolation
from lockplan.study.pictures import Picture, draw_on, panel_figure

if TYPE_CHECKING:
    from lockplan.study.scenario import Scenario

INSTALL = "pip install 'lockplan[notebook]'"
AS_IT_IS = "as it is"
_ORDERS = ("planned", "unprotected", "one after another")
_MOST_WORKERS = 64
_TIMEOUTS_S = (1, 5, 10, 20, 50, 120, 300, 600, 1800)
_SCALES = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


class Panel:
    """The knobs, and what is drawn of them: an image is replaced as a whole and never flickers."""

    def __init__(self, base: Scenario) -> None:
        widgets = _widgets()
        self._base = base
        narrow = widgets.Layout(width="330px")
        tasks = [AS_IT_IS, *(str(run.task) for run in base.timeline().runs)]

        def knob(kind: Any, label: str, **told: Any) -> Any:
            made = kind(
                description=label, layout=narrow, style={"description_width": "110px"}, **told
            )
            made.observe(self._turned, names="value")
            return made

        slider, choice = widgets.SelectionSlider, widgets.Dropdown
        self.order = knob(choice, "order", options=_ORDERS)
        self.workers = knob(
            widgets.IntSlider,
            "workers",
            value=base.workers,
            min=1,
            max=max(_MOST_WORKERS, base.workers),
            continuous_update=False,
        )
        self.isolation = knob(choice, "isolation", options=[AS_IT_IS, *map(str, Isolation)])
        self.timeout_s = knob(slider, "lock wait s", options=_TIMEOUTS_S, value=50)
        self.task = knob(choice, "task", options=list(dict.fromkeys(tasks)))
        self.scale = knob(
            slider, "its duration ×", options=_SCALES, value=1.0, continuous_update=False
        )
        self.said = widgets.HTML()
        self.image = widgets.Image(format="png", layout=widgets.Layout(max_width="100%"))
        rows = [
            widgets.HBox([self.order, self.workers, self.isolation]),
            widgets.HBox([self.timeout_s, self.task, self.scale]),
        ]
        self.widget = widgets.VBox([*rows, self.said, self.image])
        self._picture: Picture = panel_figure(base)
        self._draw()

    def scenario(self) -> Scenario:
        """Return the scenario that the knobs say, to go on with it in code."""
        found = self._base
        if self.order.value == "unprotected":
            found = found.unprotected()
        if self.isolation.value != AS_IT_IS:
            found = found.with_isolation(self.isolation.value)
        if self.timeout_s.value != 50:
            found = found.with_lock_wait_timeout(self.timeout_s.value)
        if self.task.value != AS_IT_IS and self.scale.value != 1.0:
            found = found.with_duration(self.task.value, scale=self.scale.value)
        if self.workers.value != self._base.workers:
            found = found.with_workers(self.workers.value)
        return found.serial() if self.order.value == "one after another" else found

    def _turned(self, _change: object) -> None:
        try:
            self._draw()
        except LockplanError as error:
            self.said.value = html.card("This cannot be", [str(error)])

    def _draw(self) -> None:
        scenario = self.scenario()
        (ax,) = self._picture.axes
        ax.clear()
        draw_on(ax, scenario)
        self.said.value = html.card(str(scenario), [str(scenario.timeline()), scenario.summary])
        self.image.value = self._picture._repr_png_()

    def _repr_mimebundle_(self, **asked: Any) -> Any:
        return self.widget._repr_mimebundle_(**asked)


def _widgets() -> Any:
    try:
        import ipywidgets
    except ImportError as error:
        raise InputError("the panel", "ipywidgets is not installed", f"{INSTALL}.") from error
    return ipywidgets
