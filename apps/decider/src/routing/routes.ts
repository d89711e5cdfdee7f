import { APPROVAL_SERVICE, DECISION_SERVICE, REGISTRY_SERVICE } from '#contracts';
import { partitionOf } from '#ledger';
import type { OwnerNote, Routing } from '#platform';
import { readApprovalId } from '../approvals/approval-requests.js';
import { readGrant } from '../grant-reference.js';

/** Where a call goes. */
export interface Route {
  readonly routing: Routing;
  readonly partition: number;
  readonly service: string;
  readonly method: string;
  readonly isRepeatable: boolean;
}

export interface RoutesOptions {
  /** To the owners of the decisions partitions. */
  readonly decisions: Routing;
  /** To the owner of the registry. */
  readonly registry: Routing;
  readonly partitions: number;
  /** This node's own. */
  readonly address: string;
}

type Named = { readonly grant?: string; readonly callId?: string; readonly approvalId?: string };

/** What a repetition finds out, rather than doing it once more. */
const REPEATABLE_EDITS: readonly string[] = ['ListServers', 'ListPolicies', 'ListPolicyVersions', 'GetPolicy', 'ListGrants', 'GetGrant', 'ListCredentials', 'AttachPolicy', 'PublishPolicy', 'RevokeGrant', 'EraseGrant', 'RevokeCredential',
  'ReportTools', 'ListTools', 'DiffTools', 'ApproveTools', 'OverrideRisk', 'AllowChurn'];

/** Which node has to answer a call, by its class, method and request. */
export class Routes {
  constructor(private readonly options: RoutesOptions) {}

  /** Calls that wait for a partition to have an owner again. */
  get waiting(): number {
    return this.options.decisions.waiting + this.options.registry.waiting;
  }

  /** Partitions have changed hands: calls that wait for an owner look again. */
  moved(): void {
    this.options.decisions.moved();
    this.options.registry.moved();
  }

  /** undefined: this node answers; also whatever is malformed, which gets its error here. */
  find(controller: string, handler: string, request: object): Route | undefined {
    const method = handler.charAt(0).toUpperCase() + handler.slice(1);
    const named = request as Named;
    switch (controller) {
      case 'DecisionController': {
        const grant = named.grant === undefined || method === 'WatchGrants' ? undefined : readGrant(named.grant)?.grant_id;
        return grant === undefined ? undefined : this.decision(DECISION_SERVICE, method, grant, method !== 'Decide' || named.callId !== '');
      }
      case 'ApprovalController': {
        const grant = named.approvalId === undefined ? undefined : grantOf(named.approvalId);
        return grant === undefined ? undefined : this.decision(APPROVAL_SERVICE, method, grant, true);
      }
      case 'ToolsController':
      case 'RegistryController':
        // Every node knows who calls.
        if (method === 'AwaitEdit' || method === 'WhoAmI') return undefined;
        return { routing: this.options.registry, partition: 0, service: REGISTRY_SERVICE, method, isRepeatable: REPEATABLE_EDITS.includes(method) };
      default:
        return undefined;
    }
  }

  /** The route of one call of a DecideStream, which goes on as a call of its own. */
  decide(request: Named): Route | undefined {
    return this.find('DecisionController', 'decide', request);
  }

  /** The same of an outcome. */
  settle(request: Named): Route | undefined {
    return this.find('DecisionController', 'settle', request);
  }

  /** Who owns the partition of a call, if another node does. */
  elsewhere(request: Named): OwnerNote | undefined {
    const route = this.decide(request);
    const note = route?.routing.ownerNote(route.partition);
    return note === undefined || note.address === this.options.address ? undefined : note;
  }

  private decision(service: string, method: string, grantId: string, isRepeatable: boolean): Route {
    return { routing: this.options.decisions, partition: partitionOf(grantId, this.options.partitions), service, method, isRepeatable };
  }
}

function grantOf(approvalId: string): string | undefined {
  try {
    return readApprovalId(approvalId).grantId;
  } catch {
    return undefined;
  }
}
