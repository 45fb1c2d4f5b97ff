# SPDX-License-Identifier: MIT
"""What a process holds, from /proc, each second and at chosen moments, and how it grows."""
import os
import re
import statistics
import threading
import time

from harness import open_files, rss_kib

PERIOD_S = 1
POINTS_MAX = 200  # of a slope, which takes each pair of points

# Name of a figure, and its unit.
FIGURES = {"resident": "KiB", "heap": "KiB", "descriptors": "", "threads": ""}


def take(pid):
    """All figures of now, as proc(5) has them. The heap is that of malloc(3) in the io thread."""
    descriptors = len(open_files(pid))
    with open(f"/proc/{pid}/maps") as file:
        heap = re.search(r"(?m)^(\w+)-(\w+) .*\[heap\]$", file.read())
    if not heap:  # it has ended, and nobody has waited for it yet
        raise ProcessLookupError(pid)
    start, end = heap.groups()
    return {"resident": rss_kib(pid), "heap": (int(end, 16) - int(start, 16)) // 1024,
            "descriptors": descriptors, "threads": len(os.listdir(f"/proc/{pid}/task"))}


def thin(points):
    """At most POINTS_MAX points: the medians of as many stretches."""
    size = -(-len(points) // POINTS_MAX)
    parts = [points[at:at + size] for at in range(0, len(points), size)]
    return [tuple(map(statistics.median, zip(*part))) for part in parts]


def slope(points):
    """How fast y grows with x: the median of the slopes of all pairs (Theil and Sen), which a few
    odd points do not move."""
    points = thin(points)
    slopes = [(y2 - y1) / (x2 - x1) for at, (x2, y2) in enumerate(points)
              for x1, y1 in points[:at] if x2 > x1]
    return statistics.median(slopes) if slopes else 0.0


class Series:
    """Figures with the time in s at which each set was taken."""

    def __init__(self):
        self.begun = time.monotonic()
        self.items = []

    def add(self, figures):
        self.items.append((time.monotonic() - self.begun, figures))

    def rows(self, title):
        """Lines of a table: first, median, last and maximum value, and the growth in an hour by the
        second half."""
        if not self.items:
            return
        for name, unit in FIGURES.items():
            values = [figures[name] for _, figures in self.items]
            half = [(at, figures[name]) for at, figures in self.items[len(self.items) // 2:]]
            yield (f"{title:9} {name + (unit and ', ' + unit):16} {values[0]:8} "
                   f"{statistics.median(values):8.0f} {values[-1]:8} {max(values):8} "
                   f"{slope(half) * 3600:+10.1f}")


class Sampler:
    """Takes the figures of a process each PERIOD_S, in a thread of its own."""

    def __init__(self, pid):
        self.pid = pid
        self.series = Series()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.ended.wait(PERIOD_S):
            try:
                self.series.add(take(self.pid))
            except OSError:
                return  # the process has ended

    def stop(self):
        self.ended.set()
        self.thread.join()


def table(always, calm):
    """The report: series of each second, and of the calm moments."""
    head = f"{'':9} {'':16} {'first':>8} {'median':>8} {'last':>8} {'maximum':>8} {'growth/h':>10}"
    return [head, *always.rows("always"), *calm.rows("calm")]
