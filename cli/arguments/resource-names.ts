import { isTokenId, parseBootstrapToken } from "../../core/token/bootstrap-token.ts";
import { NODE_USERNAME_PREFIX } from "../../core/certificate/node-name.ts";
import { parseSerialNumber, type SerialNumber } from "../../core/certificate/serial-number.ts";
import { UsageError } from "../program/operator-error.ts";

/* Ids, serial numbers and names in any tool's spelling → the service's spelling. */

/**
 * Accepts a token's id, the token itself, the name of its Secret (K1.2) or its user name. The secret is never sent, and
 * errors do not repeat the text.
 *
 * @throws UsageError
 */
export function tokenIdFrom(text: string): string {
  const bare = text.trim().replace(/^(secrets?\/)?(bootstrap-token-|system:bootstrap:)/, "");
  const tokenId = parseBootstrapToken(bare)?.id ?? bare;
  if (isTokenId(tokenId)) return tokenId;
  throw new UsageError(
    "that is no token id (6 lower-case letters or digits, like abcdef) and no token (like abcdef.0123456789abcdef)",
  );
}

const SERIAL_NUMBER_DIGITS = 32;
/** Our serial numbers have fewer hexadecimal digits. Go and Python print serial numbers in decimal. */
const DECIMAL = /^\d{33,39}$/;

/**
 * A certificate's serial number: in upper or lower case, with `0x`, colons or spaces, without leading zeros, as
 * openssl's `serial=…`, or decimal.
 *
 * @throws UsageError
 */
export function serialNumberFrom(text: string): SerialNumber {
  const plain = text
    .trim()
    .toLowerCase()
    .replace(/^serial\s*=\s*/, "")
    .replace(/^0x/, "")
    .replace(/[:\s]/g, "");
  const digits = DECIMAL.test(plain) ? BigInt(plain).toString(16) : plain;
  const serialNumber = parseSerialNumber(digits.replace(/^0+/, "").padStart(SERIAL_NUMBER_DIGITS, "0"));
  if (serialNumber !== undefined) return serialNumber;
  throw new UsageError(
    `${quoted(text)} is no serial number of this service: they have 32 hexadecimal digits (case, colons, 0x and leading zeros do not matter)`,
  );
}

/** A node's or another holder's name, also as `node/worker-1` or `system:node:worker-1`. @throws UsageError */
export function nodeNameFrom(text: string): string {
  const withoutUser = text.trim().replace(/^nodes?\//, "");
  const name = withoutUser.startsWith(NODE_USERNAME_PREFIX)
    ? withoutUser.slice(NODE_USERNAME_PREFIX.length)
    : withoutUser;
  return pathSegment(name, "node name, like worker-1");
}

/** A request's name, also as kubectl's `certificatesigningrequest.certificates.k8s.io/csr-…`. @throws UsageError */
export function requestNameFrom(text: string): string {
  return pathSegment(
    text.trim().replace(/^(csr|certificatesigningrequests?(\.certificates\.k8s\.io)?)\//, ""),
    "name of a request, like those of nodeseal csr list",
  );
}

/** A CA generation's id. @throws UsageError */
export function authorityIdFrom(text: string): string {
  return pathSegment(text.trim(), "CA's id, like those of nodeseal ca show");
}

/** The text must stay one segment of the path: `..` would lead to another route. */
function pathSegment(text: string, what: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,252}$/.test(text)) return text;
  throw new UsageError(`${quoted(text)} is no ${what}`);
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 80)}…`);
}
