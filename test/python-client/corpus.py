"""Reads the scenario corpus (docs/policy-tests.md). Shares no code with libs/scenarios: it was written from the guide."""
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import yaml

START_MS = 1_795_428_030_000  # Monday 2026-11-23T10:00:30Z
UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
WEEK_MS = 604_800_000
# After so long leap years, lengths of months and days of the week come round again.
CALENDAR_MS = 146_097 * 86_400_000

NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
TRUE = re.compile(r"^(?:true|True|TRUE)$")
FALSE = re.compile(r"^(?:false|False|FALSE)$")
NUMBER = re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$")


class Loader(yaml.BaseLoader):
    """PyYAML speaks YAML 1.1, where `yes` is true and 10:00 a number; scalars are told apart below, as YAML 1.2 does."""


def plain(node):
    """A node as Python's values; numbers as Decimal, so that no digit is lost."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [plain(item) for item in node.value]
    if node.style is not None:
        return node.value
    if NULL.match(node.value):
        return None
    if TRUE.match(node.value):
        return True
    if FALSE.match(node.value):
        return False
    return Decimal(node.value) if NUMBER.match(node.value) else node.value


def json_text(node):
    """A node as JSON text in which numbers stand digit for digit."""
    if isinstance(node, yaml.MappingNode):
        return "{" + ",".join(f"{json.dumps(key.value)}:{json_text(value)}" for key, value in node.value) + "}"
    if isinstance(node, yaml.SequenceNode):
        return "[" + ",".join(json_text(item) for item in node.value) + "]"
    value = plain(node)
    return node.value if isinstance(value, Decimal) else json.dumps(value)


def child(node, key):
    """The value of a key in a mapping's node, or None."""
    return next((value for name, value in node.value if name.value == key), None) if isinstance(node, yaml.MappingNode) else None


def long_text(parts):
    """Long texts may be lists of texts and {repeat, times, join}, in which {n} counts from 0."""
    def part(one):
        if isinstance(one, str):
            return one
        text, times = one["repeat"], int(one["times"])
        return one.get("join", "").join(text.replace("{n}", str(n)) for n in range(times)) if "{n}" in text or "join" in one else text * times
    return "".join(part(one) for one in ([parts] if isinstance(parts, str) else parts))


def time_ms(text):
    return round(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ" if "." in text else "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp() * 1_000)


def duration_ms(text):
    return int(Decimal(text[:-1]) * UNITS_MS[text[-1]])


@dataclass
class Step:
    line: int
    given: dict
    times: int
    wait_ms: int
    at_ms: int | None
    publish: str | None
    arguments: str
    expect: dict


@dataclass
class Case:
    name: str
    line: int
    core_only: bool
    at_ms: int
    policy: str | None
    policies: dict
    grants: dict
    steps: list = field(default_factory=list)
    document: str | None = None
    given: dict = field(default_factory=dict)
    normalised: str | None = None

    @property
    def lasts_ms(self):
        now = self.at_ms
        for step in self.steps:
            for _ in range(step.times if step.wait_ms else 1):
                now = (now if step.at_ms is None else step.at_ms) + step.wait_ms
        return now - self.at_ms

    @property
    def unit_ms(self):
        """By how much it may be moved on a clock without a change to any of its windows; 0: by nothing."""
        text = " ".join([self.policy or "", *self.policies.values(), *(step.publish or "" for step in self.steps)])
        windows = [int(found) * 1_000 for found in re.findall(r'"seconds"\s*:\s*(\d+)', text)]
        unit = CALENDAR_MS if '"month"' in text or "/month" in text else WEEK_MS
        return unit if all(unit % window == 0 for window in windows) else 0

    @property
    def is_still(self):
        return self.lasts_ms == 0 and not any("restart" in step.given for step in self.steps)


def read_step(node):
    given = plain(node)
    call = child(node, "call")
    arguments = child(call, "arguments") if call is not None else None
    text = given.get("call", {}).get("arguments_text")
    publish = child(node, "publish")
    return Step(
        line=node.start_mark.line + 1, given=given, times=int(given.get("times", 1)), wait_ms=duration_ms(given["wait"]) if "wait" in given else 0,
        at_ms=time_ms(given["at"]) if "at" in given else None, publish=None if publish is None else json_text(publish),
        arguments=long_text(text) if text is not None else "" if arguments is None else json_text(arguments), expect=given.get("expect", {}),
    )


def read_policy(node, given):
    policy = child(node, "policy")
    if policy is not None:
        return json_text(policy)
    return long_text(given["policy_text"]) if "policy_text" in given else None


def read_case(node, shared_policy, shared_at):
    given = plain(node)
    own = read_policy(node, given)
    document, normalised, policies = child(node, "document"), child(node, "normalised"), child(node, "policies")
    steps = child(node, "steps")
    at = given.get("at", shared_at)
    return Case(
        name=given["name"], line=node.start_mark.line + 1, core_only="core_only" in given, at_ms=START_MS if at is None else time_ms(at),
        policy=shared_policy if own is None else own, policies={} if policies is None else {key.value: json_text(value) for key, value in policies.value},
        grants=given.get("grants"), steps=[] if steps is None else [read_step(step) for step in steps.value],
        document=json_text(document) if document is not None else long_text(given["text"]) if "text" in given else None,
        given=given, normalised=None if normalised is None else json_text(normalised),
    )


def read_file(path):
    root = yaml.compose(Path(path).read_text("utf-8"), Loader=Loader)
    if isinstance(root, yaml.SequenceNode):
        return [read_case(node, None, None) for node in root.value]
    given = plain(root)
    return [read_case(node, read_policy(root, given), given.get("at")) for node in child(root, "cases").value]


def schedule(cases):
    """Puts cases on one clock that never runs backwards; yields groups of (case, by how much it is moved) that may be played at once."""
    now, group = None, []
    for case in sorted(cases, key=lambda one: (one.unit_ms == WEEK_MS, one.at_ms, one.lasts_ms)):
        late = 0 if now is None else max(0, now - case.at_ms)
        if late > 0 and case.unit_ms == 0:
            raise ValueError(f"{case.name} has no place on a clock that others share")
        shift = 0 if late == 0 else -(-late // case.unit_ms) * case.unit_ms
        if group and not (case.is_still and group[-1][0].is_still and case.at_ms + shift == now and len(group) < 12):
            yield group
            group = []
        group.append((case, shift))
        now = case.at_ms + shift + case.lasts_ms
    if group:
        yield group
