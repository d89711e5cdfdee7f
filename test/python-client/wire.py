"""The API as the protos say it, through the official gRPC for Python: code generated from the .proto files, nothing of Docket's own."""
import sys
import threading
from pathlib import Path

import grpc
from grpc_tools import protoc

INTERNAL_FILES = "docket/node/"


def generate(protos, into):
    """Generates what Python needs to speak the protos, and makes it importable."""
    files = [str(path.relative_to(protos)) for path in sorted(Path(protos).rglob("*.proto")) if not str(path.relative_to(protos)).startswith(INTERNAL_FILES)]
    includes = [f"-I{protos}", f"-I{Path(protoc.__file__).parent / '_proto'}"]
    code = protoc.main(["protoc", *includes, f"--python_out={into}", f"--grpc_python_out={into}", *files])
    if code != 0:
        raise RuntimeError(f"protoc ended with {code}")
    sys.path.insert(0, str(into))


class Refusal(Exception):
    """An error of the service, with what its details say."""

    def __init__(self, kind, message, reason, metadata, violations):
        super().__init__(f"{kind} {reason}: {message}")
        self.kind, self.message, self.reason, self.metadata, self.violations = kind, message, reason, metadata, violations


def refusal_of(status):
    """Of a google.rpc.Status."""
    from google.rpc import error_details_pb2 as details
    info, bad = details.ErrorInfo(), details.BadRequest()
    for any_detail in status.details:
        for message in (info, bad):
            if any_detail.Is(message.DESCRIPTOR):
                any_detail.Unpack(message)
    kind = next(code.name for code in grpc.StatusCode if code.value[0] == status.code).lower()
    return Refusal(kind, status.message, info.reason, dict(info.metadata), [(one.field, one.description) for one in bad.field_violations])


def refusal_of_error(error):
    from google.rpc import status_pb2
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            return refusal_of(status_pb2.Status.FromString(value))
    return None


class Api:
    """Stubs of a running decider; `move` when it is somewhere else."""

    def __init__(self, address, admin):
        from docket.approval.v1 import approval_pb2, approval_pb2_grpc
        from docket.decision.v1 import decision_pb2, decision_pb2_grpc
        from docket.registry.v1 import registry_pb2, registry_pb2_grpc
        self.approval, self.decision, self.registry = approval_pb2, decision_pb2, registry_pb2
        self._stubs = (decision_pb2_grpc.DecisionServiceStub, approval_pb2_grpc.ApprovalServiceStub, registry_pb2_grpc.RegistryServiceStub)
        self._tokens = {"admin": admin}
        self._lock = threading.Lock()
        self._channel = None
        self.move(address)

    def move(self, address):
        if self._channel is not None:
            self._channel.close()
        self._channel = grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", 64 * 1024 * 1024)])
        self.decisions, self.approvals, self.edits = (stub(self._channel) for stub in self._stubs)

    def metadata(self, subject, role):
        """Of a credential for that subject; the administrator issues it when it is first needed."""
        key = f"{role} {subject}"
        with self._lock:
            if key not in self._tokens:
                issued = self.edit("IssueCredential", self.registry.IssueCredentialRequest(subject=subject, roles=[self.registry.Role.Value(role)]))
                self._tokens[key] = issued.token
        return (("authorization", f"Bearer {self._tokens[key]}"),)

    def edit(self, method, request):
        return self.ask(getattr(self.edits, method), request, (("authorization", f"Bearer {self._tokens['admin']}"),))

    @staticmethod
    def ask(method, request, metadata):
        """Without a deadline: the decider's clock is the case's."""
        try:
            return method(request, metadata=metadata)
        except grpc.RpcError as error:
            raise refusal_of_error(error) or error from None

    def decide_all(self, requests, metadata, at_once):
        """The fast lane: yields (request, answer or Refusal) in the order of the requests, `at_once` of them a message."""
        batches = [requests[begin:begin + at_once] for begin in range(0, len(requests), at_once)]
        messages = (self.decision.DecideStreamRequest(calls=batch) for batch in batches)
        answers = {}
        for message in self.decisions.DecideStream(messages, metadata=metadata):
            for answer in message.answers:
                answers[answer.call_id] = answer.decision if answer.WhichOneof("result") == "decision" else refusal_of(answer.error)
        for request in requests:
            yield request, answers[request.call_id]
