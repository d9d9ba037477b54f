import { isAscii } from "node:buffer";
import type { Der } from "./der.ts";

/** The text is not exactly one PEM block of the expected label (RFC 7468, strict form). */
export class PemError extends Error {
  override readonly name = "PemError";
}

/**
 * Reads one PEM block with this label. Only white space may surround it: no headers, no explanatory text, no second
 * block. A reader that skips unknown text can be made to check one block and use another. Scans the text once. Callers
 * cap its length first.
 *
 * @throws PemError naming what was found instead
 */
export function parsePem(text: string, label: string): Der {
  const trimmed = text.trim();
  const begin = `-----BEGIN ${label}-----`;
  const end = `-----END ${label}-----`;
  if (!trimmed.startsWith(begin)) throw new PemError(`it must start with "${begin}"${foundLabel(trimmed)}`);
  if (!trimmed.endsWith(end)) throw new PemError(`it must end with "${end}" and hold one block only`);
  // trim() also removes white space that is not ASCII: a byte order mark, a no-break space.
  if (!isAscii(Buffer.from(text))) throw new PemError("it holds a character that is not ASCII");
  const body = trimmed.slice(begin.length, -end.length);
  if (body.includes("-----")) throw new PemError("it must hold exactly one PEM block, got more");
  return decodePemBody(body);
}

/**
 * What stands between the two boundaries: base64 and white space, in one spelling for each sequence of octets.
 *
 * @throws PemError
 */
export function decodePemBody(body: string): Der {
  if (body.includes(":")) throw new PemError("PEM headers are not allowed");
  const base64 = body.replace(/[\r\n\t ]/g, "");
  const der = Buffer.from(base64, "base64");
  // Node skips characters that are not base64. If encoding gives back the same text, it was base64.
  if (der.length === 0 || der.toString("base64") !== base64) throw new PemError("its body is not base64");
  return der;
}

function foundLabel(text: string): string {
  const label = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text.slice(0, 2048))?.[1];
  return label === undefined ? "" : `, got "-----BEGIN ${label}-----"`;
}

/** All blocks of one label in a trusted text (our own trust bundle, a chain we wrote). */
export function parsePemBlocks(text: string, label: string): Der[] {
  const blocks = text.matchAll(new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`, "g"));
  return Array.from(blocks, ([block]) => parsePem(block, label));
}

/** DER → PEM with lines of 64 characters and a final newline. */
export function encodePem(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString("base64");
  let lines = "";
  for (let start = 0; start < base64.length; start += 64) lines += `${base64.slice(start, start + 64)}\n`;
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}
