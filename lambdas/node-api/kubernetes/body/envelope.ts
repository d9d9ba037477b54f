import { ENVELOPE, MESSAGES } from "./messages.ts";
import { decodeMessage, encodeMessage, ProtobufError, type Message } from "./protobuf.ts";

/** "k8s" and a zero byte (apimachinery's protobuf serializer). */
const MAGIC = Buffer.from("6b387300", "hex");

/**
 * A protobuf body → the object as its JSON would be: `apiVersion` and `kind` from the envelope, times in RFC 3339, maps
 * as objects. Empty members are left out, because Go's encoder writes every empty text and message.
 *
 * @throws ProtobufError when it is not such a body, or of an unknown kind
 */
export function decodeEnvelope(body: Uint8Array): Message {
  if (Buffer.compare(body.subarray(0, MAGIC.length), MAGIC) !== 0) {
    throw new ProtobufError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  }
  const { typeMeta, raw, contentEncoding } = decodeMessage(body.subarray(MAGIC.length), ENVELOPE);
  if (typeof contentEncoding === "string" && contentEncoding !== "") {
    throw new ProtobufError(`the content encoding ${JSON.stringify(contentEncoding)} is not known`);
  }
  const { apiVersion = "", kind = "" } = isMessage(typeMeta) ? typeMeta : {};
  const fields = typeof kind === "string" ? MESSAGES.get(kind) : undefined;
  if (fields === undefined) throw new ProtobufError(`no kind ${JSON.stringify(kind)} is known here`);
  const object = decodeMessage(Buffer.from(typeof raw === "string" ? raw : "", "base64"), fields);
  return { apiVersion, kind, ...plain(object) };
}

/** The reverse, for tests only: answers are JSON. */
export function encodeEnvelope(apiVersion: string, kind: string, object: Message): Buffer {
  const fields = MESSAGES.get(kind);
  if (fields === undefined) throw new ProtobufError(`no kind ${JSON.stringify(kind)} is known here`);
  const raw = Buffer.from(encodeMessage(object, fields)).toString("base64");
  return Buffer.concat([MAGIC, encodeMessage({ typeMeta: { apiVersion, kind }, raw }, ENVELOPE)]);
}

function plain(message: Message): Message {
  const entries = Object.entries(message).map(([name, value]): [string, unknown] => [name, plainValue(name, value)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Undefined for an empty value. */
function plainValue(name: string, value: unknown): unknown {
  if (value === "") return undefined;
  if (value instanceof Map) return mapValue(value);
  if (Array.isArray(value)) return value.map((item: unknown) => (isMessage(item) ? plain(item) : item));
  if (!isMessage(value)) return value;
  if (/Time(stamp)?$/.test(name)) return timeValue(value);
  const inner = plain(value);
  return Object.keys(inner).length === 0 && name !== "spec" ? undefined : inner;
}

function mapValue(map: ReadonlyMap<string, unknown>): Message {
  return Object.fromEntries([...map].map(([key, value]) => [key, isMessage(value) ? (value["items"] ?? []) : value]));
}

/** Go's zero time has -62135596800 seconds. An unset time has no seconds. */
function timeValue({ seconds }: Message): string | undefined {
  if (typeof seconds !== "number" || seconds < 0 || seconds > 253402300799) return undefined;
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map);
}
