import { badRequest, StatusError } from "../protocol/status.ts";

/** The JSON that is patched: a copy, so that it may be changed. */
type Json = Record<string, unknown> | unknown[];

/**
 * Applies a JSON patch (RFC 6902) to a copy.
 *
 * @throws StatusError BadRequest for a malformed patch, Invalid for one that does not fit the object
 */
export function applyJsonPatch(object: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw badRequest("a JSON patch must be an array of operations");
  if (operations.length > 100) throw badRequest("a JSON patch may have at most 100 operations");
  const root: Root = { document: structuredClone(object), copiedCharacters: 0 };
  for (const operation of operations as readonly unknown[]) applyOperation(root, operation);
  return root.document;
}

interface Root {
  document: unknown;
  copiedCharacters: number;
}

/** kube-apiserver's limit. Without it, copies of the whole into itself double the object with each operation. */
const MOST_COPIED_CHARACTERS = 256 * 1024;

function copyOf(root: Root, path: string): unknown {
  const value = valueAt(root, path);
  root.copiedCharacters += JSON.stringify(value).length;
  if (root.copiedCharacters > MOST_COPIED_CHARACTERS) throw unfit("it copies too much");
  return structuredClone(value);
}

function applyOperation(root: Root, operation: unknown): void {
  if (typeof operation !== "object" || operation === null)
    throw badRequest("an operation of a JSON patch must be an object");
  const { op, path, from, value }: { op?: unknown; path?: unknown; from?: unknown; value?: unknown } = operation;
  if (typeof path !== "string") throw badRequest('an operation of a JSON patch needs a "path"');
  if ((op === "add" || op === "replace") && value === undefined)
    throw badRequest(`an "${op}" of a JSON patch needs a "value"`);
  switch (op) {
    case "add":
      return add(root, path, structuredClone(value));
    case "remove":
      return remove(root, path);
    case "replace":
      valueAt(root, path);
      return replace(root, path, structuredClone(value));
    case "test":
      if (JSON.stringify(valueAt(root, path)) !== JSON.stringify(value)) throw unfit(`testing value ${path} failed`);
      return undefined;
    case "copy":
    case "move": {
      if (typeof from !== "string") throw badRequest(`a "${op}" of a JSON patch needs a "from"`);
      const copy = copyOf(root, from);
      if (op === "move") remove(root, from);
      return add(root, path, copy);
    }
    default:
      throw badRequest("an operation of a JSON patch must be add, remove, replace, move, copy or test");
  }
}

function unfit(why: string): StatusError {
  return new StatusError("Invalid", `the server rejected our request due to an error in our request: ${why}`);
}

/** RFC 6901. The document itself is the only member of `root`. */
function partsOf(path: string): string[] {
  if (path !== "" && !path.startsWith("/")) throw unfit(`the path ${JSON.stringify(path)} must begin with a slash`);
  const parts = path.split("/").slice(1);
  return ["document", ...parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))];
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

/**
 * RFC 6901 section 4: no sign, no leading zero. Other properties of a list, such as its length, are not part of the
 * document.
 */
const INDEX = /^(?:0|[1-9]\d*)$/;

function memberOf(container: unknown, part: string, path: string): unknown {
  if (Array.isArray(container) && !INDEX.test(part)) throw unfit(`there is no place at ${path}`);
  if (isJson(container) && part !== "__proto__" && Object.hasOwn(container, part)) return Reflect.get(container, part);
  throw unfit(`the path ${JSON.stringify(path)} does not exist`);
}

function valueAt(root: unknown, path: string): unknown {
  return partsOf(path).reduce((container, part) => memberOf(container, part, path), root);
}

function containerAt(root: unknown, path: string): { container: Json; last: string } {
  const parts = partsOf(path);
  const last = parts.pop() ?? "";
  const container = parts.reduce((inner: unknown, part) => memberOf(inner, part, path), root);
  if (!isJson(container) || last === "__proto__") throw unfit(`the path ${JSON.stringify(path)} does not exist`);
  return { container, last };
}

function add(root: Root, path: string, value: unknown): void {
  const { container, last } = containerAt(root, path);
  if (!Array.isArray(container)) {
    container[last] = value;
    return;
  }
  const index = last === "-" ? container.length : INDEX.test(last) ? Number(last) : NaN;
  if (!(index <= container.length)) throw unfit(`there is no place at ${path}`);
  container.splice(index, 0, value);
}

function replace(root: Root, path: string, value: unknown): void {
  const { container, last } = containerAt(root, path);
  Reflect.set(container, last, value);
}

function remove(root: Root, path: string): void {
  valueAt(root, path);
  const { container, last } = containerAt(root, path);
  if (Array.isArray(container)) container.splice(Number(last), 1);
  else Reflect.deleteProperty(container, last);
}
