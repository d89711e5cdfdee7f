import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export const ROOT = join(import.meta.dirname, '../..');
export const MANIFESTS = join(ROOT, 'deploy/kubernetes');

export interface EnvironmentEntry { readonly name: string; readonly value?: string; readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string }; readonly configMapKeyRef?: { readonly name: string; readonly key: string }; readonly fieldRef?: { readonly fieldPath: string } } }
export interface Probe { readonly httpGet: { readonly path: string; readonly port: string; readonly scheme: string } }
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly env: readonly EnvironmentEntry[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly resources: { readonly requests: Readonly<Record<string, string>>; readonly limits: Readonly<Record<string, string>> };
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
  readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
}
interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly secret?: { readonly secretName: string }; readonly configMap?: { readonly name: string } }[];
}
export interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly serviceName?: string;
    readonly clusterIP?: string;
    readonly publishNotReadyAddresses?: boolean;
    readonly maxUnavailable?: number;
    readonly replicas?: number;
    readonly sessionAffinity?: string;
    readonly sessionAffinityConfig?: { readonly clientIP: { readonly timeoutSeconds: number } };
    readonly ports?: readonly { readonly name: string; readonly port: number; readonly targetPort: string }[];
    readonly selector?: Readonly<Record<string, unknown>>;
    readonly template?: { readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> }; readonly spec: PodSpec };
  };
}

export const files = (): string[] => readdirSync(MANIFESTS).filter((name) => name.endsWith('.yaml')).map((name) => join(MANIFESTS, name));

/** All resources of all files, in their order. */
export function resources(): Resource[] {
  return files().flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Resource));
}

export interface Workload { readonly app: string; readonly resource: Resource; readonly pod: PodSpec; readonly container: Container }

/** What runs one of our apps. */
export function workloads(): Workload[] {
  return resources().filter(({ spec }) => spec?.template !== undefined).map((resource) => {
    const pod = resource.spec!.template!.spec;
    const [container] = pod.containers as [Container];
    return { app: container.name, resource, pod, container };
  });
}

/** What is in a ConfigMap of the manifests; throws if there is none of that name. */
export function configMap(name: string): Readonly<Record<string, string>> {
  const map = resources().find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
  if (map?.data === undefined) throw new Error(`no ConfigMap ${name}`);
  return map.data;
}

/** The environment that a container is started with; secrets are those given, the pod's name is `<resource>-0`. */
export function environmentOf({ resource, container }: Workload, secrets: Readonly<Record<string, string>>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom ?? []) Object.assign(environment, configMap(configMapRef.name));
  for (const { name, value, valueFrom } of container.env) {
    const secret = valueFrom?.secretKeyRef;
    if (secret !== undefined && secrets[secret.key] === undefined) throw new Error(`no value for ${secret.name}/${secret.key}`);
    const shared = valueFrom?.configMapKeyRef;
    const given = value ?? (shared !== undefined ? configMap(shared.name)[shared.key]! : secret !== undefined ? secrets[secret.key]! : valueFrom!.fieldRef!.fieldPath === 'metadata.name' ? `${resource.metadata.name}-0` : 'example');
    environment[name] = given.replace(/\$\(([A-Z_]+)\)/g, (_, other: string) => environment[other] ?? `(${other} is not set before ${name})`);
  }
  return environment;
}
