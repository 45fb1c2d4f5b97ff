# SPDX-License-Identifier: MIT
"""Prometheus's text format, version 0.0.4, as prometheus.io/docs/instrumenting describes it: a parser
that holds the rules of the format and, beside them, those of naming that `promtool check metrics`
has. It knows nothing of minerd."""
import math
import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)')
VALUE = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|NaN|[+-]Inf")
TYPES = {"counter", "gauge", "summary", "histogram", "untyped"}
PARTS = {"summary": ("_sum", "_count"), "histogram": ("_sum", "_count", "_bucket")}

# Words of a name that are another unit than the base unit, or short for one.
NOT_BASE = {"minutes", "hours", "days", "weeks", "milliseconds", "microseconds", "nanoseconds",
            "ms", "us", "ns", "s", "sec", "m", "h", "d", "b", "kb", "mb", "gb", "tb", "bits",
            "kilobytes", "megabytes", "percent", "khz", "mhz"}


class Family:
    def __init__(self, name, help_):
        self.name, self.help, self.type = name, help_, None
        self.samples = []  # (name, labels as a tuple of pairs, value)

    def owns(self, name):
        return name == self.name or (name.startswith(self.name) and name[len(self.name):]
                                     in PARTS.get(self.type, ()))


def number(text):
    return {"NaN": math.nan, "+Inf": math.inf, "-Inf": -math.inf}.get(text) if text[-1] in "Nf" \
        else float(text)


def unescape(text):
    return re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m.group(1), m.group(1)), text)


class Text:
    """families by name, and complaints, of which a good text has none."""

    def __init__(self, data):
        self.families, self.complaints = {}, []
        self.current = None
        if isinstance(data, bytes):
            try:
                data = data.decode()
            except UnicodeDecodeError as error:
                self.complaints.append(f"not UTF-8: {error}")
                return
        if not data.endswith("\n"):
            self.complaints.append("the last line has no end")
        # Line feeds alone end lines here.
        for line in data.split("\n")[:-1]:
            self.line(line)
        for family in self.families.values():
            self.judge(family)

    def complain(self, text):
        self.complaints.append(text)

    def line(self, line):
        if line.startswith("# HELP "):
            self.help(line)
        elif line.startswith("# TYPE "):
            self.type(line)
        elif line and not line.startswith("#"):
            self.sample(line)

    def help(self, line):
        _, _, name, *help_ = line.split(" ", 3)
        if name in self.families:
            self.complain(f"{name}: begins twice")
        if not NAME.fullmatch(name) or not help_ or not help_[0].strip():
            self.complain(f"no name or no help: {line}")
        self.current = self.families[name] = Family(name, "".join(help_))

    def type(self, line):
        _, _, name, type_ = line.split(" ", 3)
        if not self.current or name != self.current.name or self.current.samples:
            self.complain(f"{name}: its TYPE is not between its HELP and its samples")
        elif self.current.type or type_ not in TYPES:
            self.complain(f"{name}: a second TYPE, or one that there is not: {type_}")
        else:
            self.current.type = type_

    def sample(self, line):
        match = SAMPLE.fullmatch(line)
        if not match or not VALUE.fullmatch(match.group(3)):
            self.complain(f"not a sample: {line}")
            return
        name, text, value = match.groups()
        labels, place = [], 0
        while text and place < len(text):
            label = LABEL.match(text, place)
            if not label:
                self.complain(f"not labels: {line}")
                return
            labels.append((label.group(1), unescape(label.group(2))))
            place = label.end()
        if len({label for label, _ in labels}) != len(labels):
            self.complain(f"a label twice: {line}")
        if not self.current or not self.current.owns(name) or not self.current.type:
            self.complain(f"without HELP and TYPE before it: {line}")
            return
        if (name, tuple(labels)) in {sample[:2] for sample in self.current.samples}:
            self.complain(f"twice: {line}")
        self.current.samples.append((name, tuple(labels), number(value)))

    def judge(self, family):
        name, type_ = family.name, family.type
        if not family.samples:
            self.complain(f"{name}: no samples")
        if (type_ == "counter") != name.endswith("_total"):
            self.complain(f"{name}: _total is for counters, and for all of them")
        if type_ in ("counter", "gauge") and name.endswith(("_sum", "_count", "_bucket")):
            self.complain(f"{name}: the name of a part of a summary or histogram")
        words = name.split("_")
        if set(words) & NOT_BASE or type_ in words:
            self.complain(f"{name}: names its type, or a unit that is no base unit")
        if re.search("[a-z][A-Z]", name) or ":" in name:
            self.complain(f"{name}: not in snake_case")
        for sample in family.samples:
            self.judge_sample(family, *sample)
        shapes = {tuple(label for label, _ in labels if label not in ("quantile", "le"))
                  for _, labels, _ in family.samples}
        if len(shapes) > 1:
            self.complain(f"{name}: samples with different labels: {shapes}")
        if type_ == "summary":
            self.judge_summary(family)

    def judge_sample(self, family, name, labels, value):
        keys = {label for label, _ in labels}
        if keys & {"quantile", "le"} and (family.type, name) != ("summary", family.name) \
                and not name.endswith("_bucket"):
            self.complain(f"{name}: quantile or le on what is no summary or histogram")
        if family.type == "counter" and not value >= 0:
            self.complain(f"{name}: a counter of {value}")

    def judge_summary(self, family):
        series = {}
        for name, labels, value in family.samples:
            rest = tuple(pair for pair in labels if pair[0] != "quantile")
            quantile = dict(labels).get("quantile")
            series.setdefault(rest, {})[name[len(family.name):] or quantile] = value
        for labels, values in series.items():
            missing = {"_sum", "_count"} - set(values)
            if missing:
                self.complain(f"{family.name}{dict(labels)}: no {missing}")
                continue
            quantiles = sorted((float(q), v) for q, v in values.items() if q and q[0] != "_")
            if any(not 0 <= q <= 1 for q, _ in quantiles):
                self.complain(f"{family.name}: a quantile that is not from 0 to 1")
            if values["_count"] and [v for _, v in quantiles] != sorted(v for _, v in quantiles):
                self.complain(f"{family.name}: quantiles that do not rise")

    def value(self, name, **labels):
        """Of the sample with just these labels; None: there is none."""
        for family in self.families.values():
            for sample, pairs, value in family.samples:
                if sample == name and dict(pairs) == labels:
                    return value
        return None

    def sum(self, name):
        """As sum() of a query: over all samples of the name."""
        return sum(value for family in self.families.values()
                   for sample, _, value in family.samples if sample == name)
