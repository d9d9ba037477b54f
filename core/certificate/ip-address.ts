/** IP addresses as octets and text, and CIDR blocks over them. */

/**
 * 4 or 16 octets → text (`10.0.0.1`, `2001:db8::1` as in RFC 5952). Undefined for any other length. IPv4-mapped IPv6
 * addresses become IPv4, so that an address has one spelling.
 */
export function ipAddressText(octets: Uint8Array): string | undefined {
  if (octets.length === 4) return octets.join(".");
  if (octets.length !== 16) return undefined;
  if (isMapped(octets)) return octets.subarray(12).join(".");
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((octets[2 * index] ?? 0) << 8) | (octets[2 * index + 1] ?? 0)).toString(16),
  );
  // The WHATWG URL parser writes IPv6 hosts in the canonical form of RFC 5952.
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}

/** Text → 4 or 16 octets. Undefined when it is not an IP address. IPv4-mapped IPv6 addresses become IPv4. */
export function ipAddressOctets(text: string): Uint8Array | undefined {
  const ipv4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (ipv4) {
    const octets = ipv4.slice(1).map(Number);
    return octets.every((octet, index) => octet <= 255 && String(octet) === ipv4[index + 1])
      ? Uint8Array.from(octets)
      : undefined;
  }
  if (!/^[0-9a-fA-F:.]{2,45}$/.test(text) || !text.includes(":")) return undefined;
  if (!URL.canParse(`http://[${text}]/`)) return undefined;
  const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const octets = ipv6Octets(canonical);
  return isMapped(octets) ? octets.subarray(12) : octets;
}

/** `::ffff:0:0/96` (RFC 4291 section 2.5.5.2). */
function isMapped(octets: Uint8Array): boolean {
  return octets.subarray(0, 10).every((octet) => octet === 0) && octets[10] === 0xff && octets[11] === 0xff;
}

function ipv6Octets(canonical: string): Uint8Array {
  const [left = "", right] = canonical.split("::");
  const leftGroups = left === "" ? [] : left.split(":");
  const rightGroups = right === undefined || right === "" ? [] : right.split(":");
  const zeros = Array.from({ length: 8 - leftGroups.length - rightGroups.length }, () => "0");
  return Uint8Array.from(
    [...leftGroups, ...zeros, ...rightGroups].flatMap((group) => [
      parseInt(group, 16) >> 8,
      parseInt(group, 16) & 0xff,
    ]),
  );
}

export interface CidrBlock {
  readonly network: Uint8Array;
  readonly prefixBits: number;
}

/**
 * Reads `10.0.0.0/8`, `2001:db8::/32`, or a single address. Undefined for anything else, or when bits are set beyond
 * the prefix. An IPv4-mapped block (`::ffff:10.0.0.0/104`) becomes the IPv4 one.
 */
export function parseCidrBlock(text: string): CidrBlock | undefined {
  const block = readBlock(text);
  return block !== undefined && Buffer.compare(block.network, networkOf(block)) === 0 ? block : undefined;
}

/** Why a text is no CIDR block, and which one was meant if that can be told. Undefined when it is one. */
export function faultOfCidrBlock(text: string): string | undefined {
  if (parseCidrBlock(text) !== undefined) return undefined;
  const fault = 'must be a CIDR block such as "10.0.0.0/8"';
  const block = readBlock(text);
  if (block === undefined) return fault;
  const meant = `${ipAddressText(networkOf(block)) ?? ""}/${block.prefixBits}`;
  return `${fault}: host bits are set beyond its prefix; did you mean ${meant}?`;
}

function readBlock(text: string): CidrBlock | undefined {
  const [address = "", prefix, ...rest] = text.split("/");
  const network = ipAddressOctets(address);
  if (network === undefined || rest.length > 0) return undefined;
  const mappedBits = address.includes(":") && network.length === 4 ? 96 : 0;
  const prefixBits =
    prefix === undefined ? network.length * 8 : /^(0|[1-9]\d{0,2})$/.test(prefix) ? Number(prefix) - mappedBits : NaN;
  return prefixBits >= 0 && prefixBits <= network.length * 8 ? { network, prefixBits } : undefined;
}

function networkOf({ network, prefixBits }: CidrBlock): Uint8Array {
  return network.map((octet, index) => octet & maskOctet(prefixBits, index));
}

function maskOctet(prefixBits: number, index: number): number {
  return (0xff00 >> Math.max(0, Math.min(8, prefixBits - 8 * index))) & 0xff;
}

export function isInCidrBlock(address: string, { network, prefixBits }: CidrBlock): boolean {
  const octets = ipAddressOctets(address);
  if (octets?.length !== network.length) return false;
  return octets.every((octet, index) => ((octet ^ (network[index] ?? 0)) & maskOctet(prefixBits, index)) === 0);
}
