"""Plays one case over the API of a running decider, as a gateway and its administrators would."""
from compare import compare, compare_document, ms_of
from corpus import duration_ms, time_ms
from wire import Refusal

ACTIONS = ("call", "settle", "lookup", "visible", "publish", "attach", "revoke", "approve", "deny", "withdraw", "approval", "restart")
NOBODY = "f" * 32
STREAM_CALLS_MAX = 512


class Player:
    def __init__(self, api, clock, case, shift_ms, number):
        self.api, self.clock, self.case, self.shift_ms = api, clock, case, shift_ms
        self.name = f"py-{number}"
        self.now = case.at_ms + shift_ms
        self.grants, self.ids, self.approvals = {}, {}, {}
        self.made = self.documents = self.compared = 0
        self.is_registered = False

    def play(self):
        """What came otherwise than the case expects, or None."""
        self.clock(self.now)
        if self.case.document is not None:
            return self.play_document()
        failure = self.prepare()
        for number, step in enumerate(self.case.steps, 1):
            if failure is not None:
                break
            failure = self.play_step(step, f"step {number}, line {step.line}")
        return failure

    def play_document(self):
        outcome = self.attempt(self.document, self.case.document)
        found = compare_document(self.case, outcome)
        self.compared += found.compared
        if "error" in outcome and "problems" not in outcome:
            found.append(f"error: {outcome}")
        if not found and "normalised" in outcome and self.attempt(self.document, outcome["normalised"]).get("normalised") != outcome["normalised"]:
            found.append("its normal form changes when it is read again")
        return "; ".join(found) or None

    def prepare(self):
        policies = ({} if self.case.policy is None else {"main": self.case.policy}) | self.case.policies
        second = any("g2" in (step.given.get(action) if isinstance(step.given.get(action), str) else (step.given.get(action) or {}).get("grant", "")) for step in self.case.steps for action in ("call", "settle", "lookup", "attach", "revoke"))
        grants = self.case.grants or {"g1": {}, **({"g2": {}} if second else {})}
        for policy, text in policies.items():
            outcome = self.attempt(self.publish, policy, text)
            if "error" in outcome:
                return f"publish {policy}: {outcome}"
        for grant, given in grants.items():
            outcome = self.attempt(self.issue, grant, given or {}, "main" if self.case.policy is not None else None)
            if "error" in outcome:
                return f"issue {grant}: {outcome}"
        return None

    def play_step(self, step, where):
        action = next((one for one in ACTIONS if one in step.given), None)
        if action == "call" and step.times > 1 and step.wait_ms == 0 and "id" not in step.given["call"]:
            self.move(step)
            return self.play_stream(step, where)
        for round_number in range(1, step.times + 1):
            self.move(step)
            if action is None:
                continue
            outcome = self.attempt(getattr(self, action), step.given[action], step)
            failure = self.judge(step, outcome)
            if failure is not None:
                return f"{where}, round {round_number}: {failure}"
        return None

    def play_stream(self, step, where):
        """Repetitions of a call go over the fast lane, in messages of many; the answers are those that unary calls would get."""
        given = step.given["call"]
        metadata = self.api.metadata(given.get("by", "gateway"), "GATEWAY")
        requests = [self.request(given, step) for _ in range(step.times)]
        at_once = max(1, min(STREAM_CALLS_MAX, 4_000_000 // (len(requests[0].arguments) + 500)))
        for round_number, (_, answer) in enumerate(self.api.decide_all(requests, metadata, at_once), 1):
            failure = self.judge(step, refused(answer) if isinstance(answer, Refusal) else decided(answer))
            if failure is not None:
                return f"{where}, round {round_number} of a stream: {failure}"
        return None

    def judge(self, step, outcome):
        if "error" in outcome and "error" not in step.expect and "reason" not in step.expect:
            return f"error: {outcome}"
        found = compare(step.expect, outcome, self.shift_ms, self.approvals, time_ms, duration_ms)
        self.compared += found.compared
        return "; ".join(found) or None

    def move(self, step):
        self.now = (self.now if step.at_ms is None else step.at_ms + self.shift_ms) + step.wait_ms
        self.clock(self.now)

    @staticmethod
    def attempt(do, *arguments):
        try:
            return do(*arguments)
        except Refusal as refusal:
            return refused(refusal)

    # What a step may do.

    def document(self, text):
        self.documents += 1
        policy_id = f"{self.name}-document-{self.documents}"
        published = self.api.edit("PublishPolicy", self.api.registry.PublishPolicyRequest(policy_id=policy_id, document=text.encode()))
        found = self.api.edit("GetPolicy", self.api.registry.GetPolicyRequest(policy_id=policy_id))
        return {"normalised": found.document.decode(), "warnings": [(one.pointer, one.message) for one in published.warnings]}

    def publish(self, policy, text):
        policy, text = ("main", text.publish) if not isinstance(text, str) else (policy, text)
        self.api.edit("PublishPolicy", self.api.registry.PublishPolicyRequest(policy_id=f"{self.name}-{policy}", document=text.encode()))
        return {}

    def issue(self, grant, given, fallback):
        registry = self.api.registry
        if not self.is_registered:
            self.api.edit("RegisterServer", registry.RegisterServerRequest(server_id=self.name))
            self.is_registered = True
        policy = given.get("policy", fallback)
        request = registry.IssueGrantRequest(server_id=self.name, policy_id="" if policy is None else f"{self.name}-{policy}", mode=given.get("mode", "enforce").upper())
        if "expires_at" in given:
            request.expires_at.FromMilliseconds(time_ms(given["expires_at"]) + self.shift_ms)
        issued = self.api.edit("IssueGrant", request)
        self.grants[grant] = (issued.grant.grant_id, issued.token)
        return {}

    def attach(self, given, _step):
        self.api.edit("AttachPolicy", self.api.registry.AttachPolicyRequest(
            grant_id=self.grant_id(given.get("grant", "g1")), policy_id=f"{self.name}-{given['policy']}", mode=given.get("mode", "enforce").upper()))
        return {}

    def revoke(self, grant, _step):
        self.api.edit("RevokeGrant", self.api.registry.RevokeGrantRequest(grant_id=self.grant_id(grant)))
        return {}

    def restart(self, _given, _step):
        self.clock(self.now, restart=True)
        return {}

    def call(self, given, step):
        metadata = self.api.metadata(given.get("by", "gateway"), "GATEWAY")
        return decided(self.api.ask(self.api.decisions.Decide, self.request(given, step), metadata))

    def request(self, given, step):
        grant_id, token = self.grants.get(given.get("grant", "g1"), (NOBODY, ""))
        secret = given.get("secret")
        server = given.get("server")
        call_id = self.named(given["id"]) if "id" in given else self.new_id(time_ms(given["id_at"]) + self.shift_ms if "id_at" in given else self.now)
        return self.api.decision.DecideRequest(
            call_id=call_id, grant=grant_id if secret is None else token if secret == "right" else token[:-43] + "x" * 43, tool=str(given["tool"]), arguments=step.arguments.encode(),
            server_id="" if server is None else self.name if server == "demo" else str(server), session_id=str(given.get("session", "")), agent=str(given.get("agent", "")),
            principal=str(given.get("principal", "")), logical_call_id=self.named(given["logical"]) if "logical" in given else "", dry_run=given.get("dry_run", False))

    def settle(self, given, _step):
        request = self.api.decision.SettleRequest(grant=self.grant_id(given.get("grant", "g1")), call_id=self.named(given["id"]), outcome=given["outcome"])
        settled = self.api.ask(self.api.decisions.Settle, request, self.gateway)
        return {"refunded": [limit_state(limit) for limit in settled.refunded], "replayed": settled.replayed}

    def lookup(self, given, _step):
        request = self.api.decision.GetDecisionRequest(grant=self.grant_id(given.get("grant", "g1")), call_id=self.named(given["id"]))
        return decided(self.api.ask(self.api.decisions.GetDecision, request, self.gateway))

    def visible(self, names, _step):
        request = self.api.decision.ListVisibleToolsRequest(grant=self.grant_id("g1"), names=[str(name) for name in names])
        return {"visible": {tool.name: tool.visible for tool in self.api.ask(self.api.decisions.ListVisibleTools, request, self.gateway).tools}}

    def approval(self, given, _step):
        request = self.api.approval.GetApprovalRequest(approval_id=self.approval_id(given))
        return approval_outcome(self.api.approval, self.api.ask(self.api.approvals.GetApproval, request, self.api.metadata(given.get("by", "approver"), "APPROVER")).approval)

    def approve(self, given, _step):
        return self.resolve("APPROVE", given)

    def deny(self, given, _step):
        return self.resolve("DENY", given)

    def withdraw(self, given, _step):
        return self.resolve("WITHDRAW", given)

    def resolve(self, decision, given):
        role = "GATEWAY" if decision == "WITHDRAW" else "APPROVER"
        metadata = self.api.metadata(given.get("by", role.lower()), role)
        request = self.api.approval.ResolveApprovalRequest(approval_id=self.approval_id(given), decision=decision, comment=given.get("comment", ""))
        resolved = self.api.ask(self.api.approvals.ResolveApproval, request, metadata)
        return approval_outcome(self.api.approval, resolved.approval) | {"replayed": resolved.replayed}

    # Names of the case, and what they stand for.

    @property
    def gateway(self):
        return self.api.metadata("gateway", "GATEWAY")

    def grant_id(self, grant):
        return self.grants.get(grant, (NOBODY, ""))[0]

    def approval_id(self, given):
        return self.approvals.get(given["approval"], f"apr_{self.grant_id('g1')}_{'f' * 24}")

    def named(self, name):
        if name not in self.ids:
            self.ids[name] = self.new_id(self.now)
        return self.ids[name]

    def new_id(self, at_ms):
        """A UUID version 7."""
        self.made += 1
        time = f"{at_ms:012x}"
        return f"{time[:8]}-{time[8:]}-7000-8000-{self.made:012x}"


VERDICTS = (None, "ALLOW", "DENY", "RATE_LIMITED", "APPROVAL_REQUIRED")


def decided(answer):
    return {
        "verdict": VERDICTS[answer.verdict], "would_be": VERDICTS[answer.would_be], "rule": answer.rule, "message": answer.message,
        "retry_after_ms": ms_of(answer.retry_after) if answer.HasField("retry_after") else None, "limits": [limit_state(limit) for limit in answer.limits],
        "replayed": answer.replayed, "steps": [f"{step.rule} {step.outcome}" + (f": {step.because}" if step.because else "") for step in answer.steps],
        "approval": answer.approval_id or None, **({"approval_expires_at_ms": ms_of(answer.approval_expires_at)} if answer.HasField("approval_expires_at") else {}),
    }


def limit_state(limit):
    return {"rule": limit.rule, "counter": limit.counter, "limit": limit.limit, "used": limit.used, "remaining": limit.remaining, "resets_at_ms": ms_of(limit.resets_at), "refused": limit.refused}


def approval_outcome(approval_pb2, approval):
    return {
        "state": approval_pb2.State.Name(approval.state).removeprefix("STATE_").lower(), "needed": approval.needed, "approvers": [vote.subject for vote in approval.approvers],
        "approval": approval.approval_id, "message": approval.message, "rule": approval.rule,
        **({"approval_expires_at_ms": ms_of(approval.expires_at)} if approval.HasField("expires_at") else {}),
    }


def refused(refusal):
    outcome = {"error": refusal.kind, "reason": refusal.reason, "message": refusal.message}
    if "state" in refusal.metadata:
        outcome["state"] = refusal.metadata["state"]
    if refusal.reason == "POLICY_INVALID":
        outcome["problems"] = [(field.removeprefix("document"), description) for field, description in refusal.violations]
    return outcome
