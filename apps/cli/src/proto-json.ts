import { create, createFileRegistry, fromBinary, fromJson, toBinary, toJson, type DescMessage, type FileRegistry, type JsonObject } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema, type DescriptorProto, type EnumDescriptorProto, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { packageDefinition } from '#contracts';

/** A method of a service, by its path, with its messages in proto's JSON form. */
export interface Method {
  readonly path: string;
  readonly encode: (request: JsonObject) => Buffer;
  readonly decode: (bytes: Buffer) => JsonObject;
}

interface MethodDefinition { path: string; requestType: { type: { name: string } }; responseType: { type: { name: string } } }

let registry: FileRegistry | undefined;

/** The method with requests and answers as JSON: lowerCamelCase, Durations as "12.3s", bytes as base64, int64 as strings. */
export function method(service: string, name: string): Method {
  const definition = (packageDefinition[service] as unknown as Record<string, MethodDefinition> | undefined)?.[name];
  if (definition === undefined) throw new Error(`the protos define no method ${service}/${name}`);
  const pack = service.slice(0, service.lastIndexOf('.'));
  const request = message(`${pack}.${definition.requestType.type.name}`);
  const response = message(`${pack}.${definition.responseType.type.name}`);
  return {
    path: definition.path,
    encode: (json) => Buffer.from(toBinary(request, fromJson(request, json))),
    // Fields at their default are printed too: a program need not know which may be missing.
    decode: (bytes) => toJson(response, fromBinary(response, bytes), { alwaysEmitImplicit: true }) as JsonObject,
  };
}

function message(name: string): DescMessage {
  registry ??= readRegistry();
  const found = registry.getMessage(name);
  if (found === undefined) throw new Error(`the protos define no message ${name}`);
  return found;
}

/** proto-loader hands over one descriptor a package, without saying which needs which: google's own come first. */
function readRegistry(): FileRegistry {
  const files = new Map<string, FileDescriptorProto>();
  for (const definition of Object.values(packageDefinition)) {
    const { fileDescriptorProtos } = definition as { fileDescriptorProtos?: readonly Buffer[] };
    for (const bytes of Array.isArray(fileDescriptorProtos) ? fileDescriptorProtos : []) {
      const file = fromBinary(FileDescriptorProtoSchema, bytes);
      files.set(file.name, file);
    }
  }
  const rank = ({ package: name }: FileDescriptorProto): number => (name === 'google.protobuf' ? 0 : name.startsWith('google.') ? 1 : 2);
  const ordered = [...files.values()].sort((a, b) => rank(a) - rank(b));
  const names = new Set(ordered.flatMap((file) => [...file.enumType, ...file.messageType].flatMap((type) => namesIn(type, file.package))));
  for (const file of ordered) {
    file.dependency = ordered.filter((other) => rank(other) < rank(file)).map((other) => other.name);
    for (const type of file.messageType) completeNames(type, file.package, names);
  }
  return createFileRegistry(create(FileDescriptorSetSchema, { file: ordered }));
}

function namesIn(type: DescriptorProto | EnumDescriptorProto, scope: string): string[] {
  const name = `${scope}.${type.name}`;
  return 'nestedType' in type ? [name, ...[...type.enumType, ...type.nestedType].flatMap((nested) => namesIn(nested, name))] : [name];
}

/** Its type names are relative, as in the source; they are looked up from the innermost scope outwards. */
function completeNames(type: DescriptorProto, scope: string, names: ReadonlySet<string>): void {
  const own = `${scope}.${type.name}`;
  for (const field of type.field) {
    const scopes = own.split('.').map((_part, index, parts) => parts.slice(0, parts.length - index).join('.'));
    const found = [...scopes.map((outer) => `${outer}.${field.typeName}`), field.typeName].find((name) => names.has(name));
    if (field.typeName !== '' && found !== undefined) field.typeName = `.${found}`;
    // proto-loader has made the names lowerCamelCase already, and leaves the JSON names empty.
    field.jsonName = field.name;
  }
  for (const nested of type.nestedType) completeNames(nested, own, names);
}
