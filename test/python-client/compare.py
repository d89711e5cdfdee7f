"""What a case expects, beside what came."""
import json
from decimal import Decimal


def exact(text):
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def ms_of(time):
    return time.seconds * 1_000 + time.nanos // 1_000_000


class Mismatches(list):
    compared = 0

    def check(self, what, wanted, came):
        self.compared += 1
        if wanted != came:
            self.append(f"{what}: expected {wanted}, came {came}")


def as_list(value):
    return [value] if isinstance(value, str) else value


def limit_of(limits, name):
    return next((limit for limit in limits if (limit["rule"] if name.startswith("/") else limit["counter"]) == name), None)


def same_step(wanted, came):
    return came == wanted or came.startswith(f"{wanted}: ")


def compare(expect, outcome, shift_ms, approvals, time_ms, duration_ms):
    """Everything in which an outcome differs from the expectation; what is not named is not compared."""
    found = Mismatches()
    limits = outcome.get("limits", [])
    for key, wanted in expect.items():
        if key in ("error", "reason", "verdict", "would_be", "rule", "message", "replayed", "state", "approvers", "needed"):
            found.check(key, int(wanted) if key == "needed" else wanted, outcome.get(key))
        elif key == "says":
            for text in as_list(wanted):
                found.check(f"says {text}", True, text in outcome.get("message", ""))
        elif key == "lacks":
            for text in as_list(wanted):
                found.check(f"lacks {text}", True, "message" in outcome and text not in outcome["message"])
        elif key == "retry_after":
            found.check(key, None if wanted is None else duration_ms(wanted), outcome.get("retry_after_ms"))
        elif key in ("limit", "used", "remaining"):
            for name, amount in wanted.items():
                limit = limit_of(limits, name)
                found.check(f"{key} of {name}", Decimal(amount), None if limit is None else Decimal(limit[key]))
        elif key == "resets_at":
            for name, at in ({"": wanted} if isinstance(wanted, str) else wanted).items():
                limit = limit_of(limits, name) if name else (limits or [None])[0]
                found.check(f"resets_at {name}", time_ms(at), None if limit is None else limit["resets_at_ms"] - shift_ms)
        elif key == "counters":
            found.check(key, wanted, [limit["counter"] for limit in limits] if "limits" in outcome else None)
        elif key == "refused":
            found.check(key, wanted, [limit["counter"] for limit in limits if limit["refused"]])
        elif key == "refunded":
            found.check(key, wanted, [f"{limit['counter']} {limit['used']}" for limit in outcome.get("refunded", [])])
        elif key == "steps":
            came = outcome.get("steps", [])
            found.check(key, True, len(came) == len(wanted) and all(same_step(one, two) for one, two in zip(wanted, came)))
        elif key == "visible":
            for tool, visible in wanted.items():
                found.check(f"visible {tool}", visible, outcome.get("visible", {}).get(tool))
        elif key == "approval":
            compare_approval(found, wanted, outcome.get("approval"), approvals)
        elif key == "approval_expires_at":
            came = outcome.get("approval_expires_at_ms")
            found.check(key, time_ms(wanted), None if came is None else came - shift_ms)
        else:
            found.append(f"the expectation {key} is not known")
    return found


def compare_approval(found, wanted, came, approvals):
    """A name stands for one id: bound when it is first met, never for two."""
    if wanted is None:
        return found.check("approval", None, came)
    if wanted not in approvals and came is not None and came not in approvals.values():
        approvals[wanted] = came
    found.check(f"approval {wanted}", approvals.get(wanted, "an approval"), came)


def compare_document(case, outcome):
    found = Mismatches()

    def notes(what, wanted, came):
        fits = len(wanted) == len(came) and all(one["pointer"] == pointer and one["says"] in message for one, (pointer, message) in zip(wanted, came))
        found.check(what, True, fits)
    notes("problems", case.given.get("problems", []), outcome.get("problems", []))
    if case.given.get("problems"):
        return found
    if "warnings" in case.given:
        notes("warnings", case.given["warnings"], outcome.get("warnings", []))
    if case.normalised is not None:
        found.check("normalised", exact(case.normalised), exact(outcome["normalised"]) if "normalised" in outcome else None)
    return found
