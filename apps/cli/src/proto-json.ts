import { create, createFileRegistry, fromBinary, fromJson, toBinary, toJson, type DescMessage, type FileRegistry, type JsonObject } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema, type DescriptorProto, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { protoCamelCase } from '@bufbuild/protobuf/reflect';
import { packageDefinition, reflectedDefinition } from '#contracts';

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

function readRegistry(): FileRegistry {
  const files = new Map<string, FileDescriptorProto>();
  for (const definition of Object.values(reflectedDefinition())) {
    if (!('fileDescriptorProtos' in definition)) continue;
    for (const bytes of definition.fileDescriptorProtos as Buffer[]) {
      const file = fromBinary(FileDescriptorProtoSchema, bytes);
      file.messageType.forEach(nameFields);
      files.set(file.name, file);
    }
  }
  const ordered = new Set<FileDescriptorProto>();
  const addAfterItsImports = (file: FileDescriptorProto): void => {
    for (const name of file.dependency) addAfterItsImports(files.get(name)!);
    ordered.add(file);
  };
  files.forEach(addAfterItsImports);
  return createFileRegistry(create(FileDescriptorSetSchema, { file: [...ordered] }));
}

/** JSON names are left out of the descriptors: they are the names in lowerCamelCase. */
function nameFields(type: DescriptorProto): void {
  for (const field of type.field) field.jsonName = protoCamelCase(field.name);
  type.nestedType.forEach(nameFields);
}
