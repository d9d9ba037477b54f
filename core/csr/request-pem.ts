import type { Der } from "../asn1/der.ts";
import { decodePemBody, PemError } from "../asn1/pem.ts";

/**
 * RFC 7468 section 7: generators write the first, and parsers may treat the second alike. Java's keytool, GnuTLS
 * certtool and Microsoft certreq write the second.
 */
const LABELS: readonly string[] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

/** Blanks, and UTF-8's byte order mark, decoded and as Latin-1. Editors of Windows write it. */
const NOTHING_TO_SEE = /^(?:[ \t]|\ufeff|\u00ef\u00bb\u00bf)*$/;

/**
 * The one PEM block of a CSR. Explanatory text may stand before and after it (RFC 7468 sections 2 and 5.2), as
 * `openssl req -text` and certtool write it. There must not be a second boundary of any kind in the whole text: so
 * no reader can find another request in it. Scans the text a fixed number of times.
 *
 * @throws PemError naming what was found instead
 */
export function parseRequestPem(text: string): Der {
  const start = text.indexOf("-----BEGIN");
  if (start < 0) throw new PemError(`it must hold "-----BEGIN CERTIFICATE REQUEST-----"${otherForm(text)}`);
  if (text.includes("\0")) throw new PemError("it holds NUL characters");
  const [begin = "", label = ""] = /^-----BEGIN ([A-Z0-9 ]{1,64})-----/.exec(text.slice(start, start + 100)) ?? [];
  if (!LABELS.includes(label)) throw new PemError(wrongLabel(label));
  if (text.includes("-----BEGIN", start + 1)) throw new PemError("it must hold exactly one PEM block, got more");
  if (!NOTHING_TO_SEE.test(lineBefore(text, start))) throw new PemError(`"${begin}" must stand at the start of a line`);
  const endMarker = `-----END ${label}-----`;
  const end = text.indexOf("-----END");
  if (end < start || !text.startsWith(endMarker, end)) throw new PemError(`the block must end with "${endMarker}"`);
  if (text.includes("-----END", end + 1)) throw new PemError("it must hold exactly one PEM block, got more ends");
  if (!NOTHING_TO_SEE.test(lineAfter(text, end + endMarker.length)))
    throw new PemError(`nothing may follow "${endMarker}" on its line`);
  return decodePemBody(text.slice(start + begin.length, end));
}

function lineBefore(text: string, at: number): string {
  return text.slice(Math.max(text.lastIndexOf("\n", at), text.lastIndexOf("\r", at)) + 1, at);
}

function lineAfter(text: string, at: number): string {
  return /^[^\r\n]*/.exec(text.slice(at))?.[0] ?? "";
}

function wrongLabel(label: string): string {
  const got = label === "" ? "" : `, got "-----BEGIN ${label}-----"`;
  const hint = label.endsWith("PRIVATE KEY")
    ? ": a private key never leaves its machine, so make a new one and send a CSR"
    : label.endsWith("CERTIFICATE")
      ? ": that is a certificate, not a request for one"
      : "";
  return `it must hold one block, "-----BEGIN CERTIFICATE REQUEST-----"${got}${hint}`;
}

/** What a text without a boundary is, where that can be told. */
function otherForm(text: string): string {
  const trimmed = text.trim();
  if (/^0[\u0080-\u00ff\ufffd]/.test(trimmed))
    return ", got DER: convert it (openssl req -inform DER), or send it as application/pkcs10";
  if (trimmed.includes("\0")) return ", got NUL characters: save it as UTF-8, not as UTF-16";
  if (trimmed.startsWith("LS0tLS1CRUdJTi")) return ", got base64 of PEM: decode it once";
  if (/^MI[A-Za-z0-9+/=\s]+$/.test(trimmed)) return " before its base64, got base64 alone";
  return "";
}

/** Why bytes that should be DER are none, where that can be told. */
export function otherFormOfDer(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 4096)).toString("latin1");
  if (text.includes("-----BEGIN")) return ": it is PEM, not DER; send it as application/x-pem-file";
  if (/^\s*MI[A-Za-z0-9+/=\s]+$/.test(text)) return ": it is base64, not DER; decode it first";
  return "";
}
