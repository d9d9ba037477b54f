import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/**
 * A message as a table: field number → name and type. Nested tables are messages. `map` has string keys. Fields missing
 * from the table are skipped, as protobuf requires, or passed to `onUnknown`.
 */
export type MessageFields = Readonly<Record<number, Field>>;

export interface Field {
  readonly name: string;
  readonly type: "string" | "bytes" | "int32" | "int64" | "bool" | "map" | MessageFields;
  readonly isRepeated?: boolean;
  /** The value type of a map. The default is strings. */
  readonly valueType?: "string" | "bytes" | MessageFields;
}

export type Message = Record<string, unknown>;

/** The bytes are not a message of this kind. */
export class ProtobufError extends Error {
  override readonly name = "ProtobufError";
}

/** No message here is nested deeper than an object's metadata. */
const MAX_DEPTH = 8;

/**
 * Bytes → an object with the names of the table. Bytes become base64 and int64 becomes a number, so that the result
 * equals the JSON of the same object.
 *
 * @throws ProtobufError when the bytes end early, have wrong wire types, or hold text that is not UTF-8
 */
export function decodeMessage(bytes: Uint8Array, fields: MessageFields): Message {
  try {
    return readMessage(bytes, fields, 0);
  } catch (cause) {
    if (cause instanceof ProtobufError) throw cause;
    // The reader throws plain errors and RangeErrors, always because of the bytes.
    throw new ProtobufError(cause instanceof Error ? cause.message : "it cannot be read", { cause });
  }
}

function readMessage(bytes: Uint8Array, fields: MessageFields, depth: number): Message {
  if (depth > MAX_DEPTH) throw new ProtobufError("it is nested too deep");
  const message: Message = {};
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [fieldNumber, wireType] = reader.tag();
    const field = fields[fieldNumber];
    if (field === undefined) {
      reader.skip(wireType, fieldNumber);
      continue;
    }
    if (wireType !== wireTypeOf(field)) throw new ProtobufError(`field ${fieldNumber} has the wire type ${wireType}`);
    addValue(message, field, reader, depth);
  }
  return message;
}

function wireTypeOf({ type }: Field): WireType {
  return type === "int32" || type === "int64" || type === "bool" ? WireType.Varint : WireType.LengthDelimited;
}

function addValue(message: Message, field: Field, reader: BinaryReader, depth: number): void {
  const { name, type, isRepeated } = field;
  if (type === "map") {
    const entry = readMessage(reader.bytes(), entryFields(field), depth + 1);
    const key = typeof entry["key"] === "string" ? entry["key"] : "";
    // In place: copying the map for each entry would take half a minute for a body of 64 KB.
    const map: Map<unknown, unknown> = message[name] instanceof Map ? message[name] : new Map();
    message[name] = map.set(key, entry["value"] ?? "");
    return;
  }
  const value = typeof type === "object" ? readMessage(reader.bytes(), type, depth + 1) : readScalar(reader, type);
  if (isRepeated !== true) {
    message[name] = value;
    return;
  }
  const values: unknown = message[name];
  if (Array.isArray(values)) values.push(value);
  else message[name] = [value];
}

function entryFields({ valueType = "string" }: Field): MessageFields {
  return { 1: { name: "key", type: "string" }, 2: { name: "value", type: valueType } };
}

function readScalar(reader: BinaryReader, type: "string" | "bytes" | "int32" | "int64" | "bool"): unknown {
  switch (type) {
    case "string":
      return reader.string(true);
    case "bytes":
      return Buffer.from(reader.bytes()).toString("base64");
    case "int32":
      return reader.int32();
    case "int64":
      return Number(reader.int64());
    case "bool":
      return reader.bool();
  }
}

/** The reverse, by the same table: for test data and envelopes. */
export function encodeMessage(message: Message, fields: MessageFields): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, field] of Object.entries(fields)) {
    const value = message[field.name];
    if (value === undefined) continue;
    const values: readonly unknown[] = field.isRepeated === true && Array.isArray(value) ? value : [value];
    for (const single of values) writeValue(writer, Number(number), field, single);
  }
  return writer.finish();
}

function writeValue(writer: BinaryWriter, fieldNumber: number, field: Field, value: unknown): void {
  const { type } = field;
  if (type === "map") {
    if (!(value instanceof Map)) throw new TypeError(`${field.name} must be a map`);
    for (const [key, entry] of value as ReadonlyMap<string, unknown>) {
      writer.tag(fieldNumber, WireType.LengthDelimited).bytes(encodeMessage({ key, value: entry }, entryFields(field)));
    }
    return;
  }
  writer.tag(fieldNumber, wireTypeOf(field));
  if (type === "string") writer.string(String(value));
  else if (type === "bytes") writer.bytes(Buffer.from(String(value), "base64"));
  else if (type === "int32") writer.int32(Number(value));
  else if (type === "int64") writer.int64(BigInt(Number(value)));
  else if (type === "bool") writer.bool(value === true);
  else writer.bytes(encodeMessage(value as Message, type));
}
