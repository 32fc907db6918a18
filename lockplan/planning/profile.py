"""How many slots of a capacity are taken at each time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right


class Profile:
    """A step function of time: `used[i]` slots from `times[i]` on."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.times = [0]
        self.used = [0]

    def first_fit(self, start: int, duration: int, demand: int) -> int:
        """Return the first time from `start` on at which `demand` slots stay free long enough."""
        room, times, used = self.limit - demand, self.times, self.used
        for segment in range(bisect_right(times, start) - 1, len(times)):
            if times[segment] >= start + duration:
                break
            if used[segment] > room:
                start = times[segment + 1]
        return start

    def take(self, start: int, end: int, demand: int) -> None:
        """Take `demand` slots from `start` to `end`."""
        if start == end:
            return
        for segment in range(self._step_at(start), self._step_at(end)):
            self.used[segment] += demand

    def _step_at(self, time: int) -> int:
        """Return the segment that begins at `time`, splitting one where none does."""
        segment = bisect_left(self.times, time)
        if segment == len(self.times) or self.times[segment] != time:
            self.times.insert(segment, time)
            self.used.insert(segment, self.used[segment - 1])
        return segment
