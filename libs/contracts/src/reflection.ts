import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { DescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { loadSync } from '@grpc/proto-loader';
import type { PackageDefinition } from '@grpc/proto-loader';
import { LOADER_OPTIONS, PROTO_FILES } from './loader.js';

/**
 * The package definition for a reflection service: fields are named as in the protos (grpcurl would not know `call_id`
 * otherwise), and the descriptors are as protoc makes them. protobufjs leaves type names relative, imports out, and calls
 * map entries after their field, which strict readers of descriptors (Go, buf) refuse. `others`: paths of further .proto
 * files that the server offers, such as the health service's.
 */
export function reflectedDefinition(others: readonly string[] = []): PackageDefinition {
  const definition = loadSync([...PROTO_FILES, ...others], { ...LOADER_OPTIONS, keepCase: true });
  const originals = new Map<string, FileDescriptorProto>();
  for (const entry of Object.values(definition)) {
    for (const bytes of 'fileDescriptorProtos' in entry ? (entry.fileDescriptorProtos as Buffer[]) : []) {
      const file = fromBinary(FileDescriptorProtoSchema, bytes);
      originals.set(file.name, file);
    }
  }
  const homes = new Map([...originals.values()].flatMap((file) => typeNames(file).map((name) => [name, file.name] as const)));
  const repaired = new Map([...originals].map(([name, file]) => [name, Buffer.from(toBinary(FileDescriptorProtoSchema, repair(file, homes)))]));
  const entries = Object.entries(definition).map(([name, entry]) => {
    if (!('fileDescriptorProtos' in entry)) return [name, entry];
    const files = (entry.fileDescriptorProtos as Buffer[]).map((bytes) => repaired.get(fromBinary(FileDescriptorProtoSchema, bytes).name)!);
    return [name, { ...entry, fileDescriptorProtos: files }];
  });
  return Object.fromEntries(entries) as PackageDefinition;
}

function typeNames(file: FileDescriptorProto): string[] {
  const of = (scope: string, message: DescriptorProto): string[] => {
    const name = `${scope}.${message.name}`;
    return [name, ...message.enumType.map((found) => `${name}.${found.name}`), ...message.nestedType.flatMap((nested) => of(name, nested))];
  };
  return [...file.enumType.map(({ name }) => `.${file.package}.${name}`), ...file.messageType.flatMap((message) => of(`.${file.package}`, message))];
}

/** Type names with the file that each is in. */
type Homes = ReadonlyMap<string, string>;

function repair(file: FileDescriptorProto, homes: Homes): FileDescriptorProto {
  const used = new Set<string>();
  for (const message of file.messageType) repairMessage(message, `.${file.package}`, homes, used);
  for (const method of file.service.flatMap((service) => service.method)) {
    method.inputType = absolute(method.inputType, `.${file.package}`, homes);
    method.outputType = absolute(method.outputType, `.${file.package}`, homes);
    used.add(method.inputType).add(method.outputType);
  }
  const imports = new Set([...used].map((name) => homes.get(name) ?? file.name));
  imports.delete(file.name);
  file.dependency = [...imports].sort();
  return file;
}

function repairMessage(message: DescriptorProto, scope: string, homes: Homes, used: Set<string>): void {
  const own = `${scope}.${message.name}`;
  for (const nested of message.nestedType) repairMessage(nested, own, homes, used);
  for (const field of message.field) {
    field.jsonName = field.name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    if (field.typeName === '') continue;
    field.typeName = absolute(field.typeName, own, homes);
    used.add(field.typeName);
    const entry = message.nestedType.find((nested) => nested.options?.mapEntry === true && field.typeName === `${own}.${nested.name}`);
    if (entry === undefined) continue;
    entry.name = `${field.name.split('_').map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('')}Entry`;
    field.typeName = `${own}.${entry.name}`;
  }
}

/** Looks a relative name up from the innermost scope outwards, as the protobuf language does. */
function absolute(name: string, from: string, homes: Homes): string {
  if (name.startsWith('.')) return name;
  for (let scope = from; scope !== ''; scope = scope.slice(0, scope.lastIndexOf('.'))) {
    if (homes.has(`${scope}.${name}`)) return `${scope}.${name}`;
  }
  return `.${name}`;
}
