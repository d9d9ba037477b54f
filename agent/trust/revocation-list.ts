import type { X509Certificate } from "node:crypto";
import { encodePem } from "../../core/asn1/pem.ts";
import { acceptedAlgorithmOfCa, isValidSignature } from "../../core/keys/signature-algorithm.ts";
import { AgentError } from "../program/agent-error.ts";

/** A CertificateList (RFC 5280 section 5.1), as far as a server's file has to be checked. */
export interface RevocationList {
  readonly pem: string;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  isSignedBy(authority: X509Certificate): boolean;
}

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const EXTENSIONS = 0xa0;
const TRUE = Buffer.from([0x01, 0x01, 0xff]);

/**
 * Reads one list, and nothing of what it revokes: there may be ninety thousand entries, and the CA has signed them.
 *
 * @throws AgentError when it is no list, or the list of a part of a CA's certificates only (RFC 5280 section 5.2.5)
 */
export function parseRevocationList(der: Buffer): RevocationList {
  const [outer, ...rest] = elements(der, 0, der.length);
  if (outer?.tag !== SEQUENCE || rest.length > 0) throw noList();
  const [tbs, algorithm, signature] = elements(der, outer.contentStart, outer.end);
  if (tbs?.tag !== SEQUENCE || algorithm === undefined || signature?.tag !== BIT_STRING) throw noList();
  const members = elements(der, tbs.contentStart, tbs.end);
  const [inner, , thisUpdate, nextUpdate, ...others] = members[0]?.tag === INTEGER ? members.slice(1) : members;
  if (inner === undefined || thisUpdate === undefined || nextUpdate === undefined) throw noList();
  const named = whole(der, algorithm);
  if (!whole(der, inner).equals(named)) throw noList();
  const extensions = others.find(({ tag }) => tag === EXTENSIONS);
  if (extensions !== undefined && hasCritical(der, extensions))
    throw new AgentError("the answer is the revocation list of a part of a CA's certificates, not the whole one");
  return {
    pem: encodePem("X509 CRL", der),
    thisUpdate: timeIn(der, thisUpdate),
    nextUpdate: timeIn(der, nextUpdate),
    isSignedBy: (authority) => {
      const accepted = acceptedAlgorithmOfCa(named);
      const octets = der.subarray(signature.contentStart + 1, signature.end);
      try {
        return accepted !== undefined && isValidSignature(accepted, whole(der, tbs), authority.publicKey, octets);
      } catch {
        // Another kind of key than the algorithm's.
        return false;
      }
    },
  };
}

function hasCritical(der: Buffer, { contentStart, end }: Element): boolean {
  const [list] = elements(der, contentStart, end);
  if (list === undefined) return false;
  return elements(der, list.contentStart, list.end).some((extension) => {
    const [, critical] = elements(der, extension.contentStart, extension.end);
    return critical !== undefined && whole(der, critical).equals(TRUE);
  });
}

/** What follows each other between two places. @throws AgentError when it does not fit */
function elements(der: Buffer, from: number, to: number): Element[] {
  const found: Element[] = [];
  for (let at = from; at < to;) {
    const [tag, first] = [der[at], der[at + 1]];
    if (tag === undefined || first === undefined) throw noList();
    const lengthOctets = first < 0x80 ? 0 : first & 0x7f;
    if (lengthOctets > 4 || first === 0x80 || at + 2 + lengthOctets > to) throw noList();
    const contentStart = at + 2 + lengthOctets;
    const end = contentStart + (lengthOctets === 0 ? first : der.readUIntBE(at + 2, lengthOctets));
    if (end > to) throw noList();
    found.push({ tag, start: at, contentStart, end });
    at = end;
  }
  return found;
}

function whole(der: Buffer, { start, end }: Element): Buffer {
  return der.subarray(start, end);
}

/** RFC 5280 section 4.1.2.5: two digits of a year below 50 are of this century. */
function timeIn(der: Buffer, { tag, contentStart, end }: Element): Date {
  const text = der.toString("latin1", contentStart, end);
  if (tag !== UTC_TIME && tag !== GENERALIZED_TIME) throw noList();
  const digits = tag === UTC_TIME ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) ?? [];
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time.getTime())) throw noList();
  return time;
}

function noList(): AgentError {
  return new AgentError("the answer is no revocation list");
}
