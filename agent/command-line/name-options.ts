import { domainToASCII } from "node:url";
import { InvalidArgumentError } from "commander";
import { MAX_NAME_ATTRIBUTE_CHARACTERS } from "../../core/asn1/distinguished-name.ts";
import { ipAddressOctets, ipAddressText } from "../../core/certificate/ip-address.ts";
import { faultOfDnsName, isDnsSubdomain } from "../../core/certificate/dns-name.ts";
import { SIGNER_NAMES } from "../../core/certificate/profile.ts";

/* The names that a certificate may have. Each function checks one value, and gives it the one spelling the service knows. */

/** More would not fit in the service's records, and no policy gives so many. */
const MOST_NAMES = 100;

export function signerOption(text: string): string {
  if (SIGNER_NAMES.includes(text)) return text;
  throw new InvalidArgumentError(`known are ${SIGNER_NAMES.join(", ")}.`);
}

export function dnsNameOption(text: string, others: readonly string[] | undefined): readonly string[] {
  // The dot at the end only says that the name is complete (RFC 1034 section 3.1).
  const written = text.replace(/(?<=[^.])\.$/, "");
  // Only ASCII: the small form of the Kelvin sign is a k.
  const name = /^[\0-\x7f]*$/.test(written) ? written.toLowerCase() : written;
  const fault = faultOfName(name);
  if (fault !== undefined) throw new InvalidArgumentError(`${fault}.`);
  return withOthers(name, others);
}

function faultOfName(name: string): string | undefined {
  if (ipAddressOctets(name) !== undefined) return "that is an IP address: give it with --ip";
  if (isDnsSubdomain(name)) {
    return /(^|\.)\d+$/.test(name) ? "a DNS name must not end in a number: programs take it for an address" : undefined;
  }
  const ascii = name.length <= 253 && /^[\p{L}\p{M}\p{N}.-]+$/u.test(name) ? domainToASCII(name) : "";
  if (ascii !== "" && ascii !== name && isDnsSubdomain(ascii)) return `write it in ASCII, as ${ascii}`;
  return `it is no DNS name of a host: ${faultOfDnsName(name) ?? "it has letters that only look like ASCII"}`;
}

export function ipAddressOption(text: string, others: readonly string[] | undefined): readonly string[] {
  const octets = ipAddressOctets(text);
  const address = octets && ipAddressText(octets);
  if (address === undefined) throw new InvalidArgumentError(`${faultOfIpAddress(text)}.`);
  return withOthers(address, others);
}

function faultOfIpAddress(text: string): string {
  if (text.includes("%")) return "a certificate cannot say which interface: leave out the zone behind '%'";
  if (text.includes("/")) return "give one address, not a block of them";
  return "write it like 10.0.0.1 or 2001:db8::1";
}

/** Control, format and separator characters, of which no name has any. Also what is left of octets that are no UTF-8. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFD]|\p{Cs}/u;

export function organizationOption(text: string, others: readonly string[] | undefined): readonly string[] {
  const characters = Array.from(text).length;
  if (characters === 0 || characters > MAX_NAME_ATTRIBUTE_CHARACTERS || INVISIBLE.test(text)) {
    throw new InvalidArgumentError(`1 to ${MAX_NAME_ATTRIBUTE_CHARACTERS} characters that can be seen.`);
  }
  if (text.startsWith("system:")) throw new InvalidArgumentError("those that begin with system: are Kubernetes' own.");
  return withOthers(text, others);
}

/** Given twice is given once. */
function withOthers(name: string, others: readonly string[] = []): readonly string[] {
  if (others.includes(name)) return others;
  if (others.length >= MOST_NAMES) throw new InvalidArgumentError(`${MOST_NAMES} are the most.`);
  return [...others, name];
}
