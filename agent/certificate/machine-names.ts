import { hostname, networkInterfaces, type NetworkInterfaceInfo } from "node:os";
import { ipAddressOctets, ipAddressText } from "../../core/certificate/ip-address.ts";
import { isDnsSubdomain } from "../../core/certificate/dns-name.ts";
import type { CertificateNames } from "./certificate-names.ts";

/** Names by which others reach a machine. */
export type AltNames = Pick<CertificateNames, "dnsNames" | "ipAddresses">;

/** What the operating system knows of this machine. */
export interface MachineFacts {
  readonly hostName: string;
  readonly interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>;
}

export function machineFacts(): MachineFacts {
  return { hostName: hostname(), interfaces: networkInterfaces() };
}

/**
 * What a kubelet would have in its serving certificate: the host's name, and the addresses at which others can reach it.
 * Sorted, so that the order of interfaces changes nothing.
 */
export function machineNames({ hostName, interfaces }: MachineFacts): AltNames {
  const name = hostName.toLowerCase().replace(/(?<=[^.])\.$/, "");
  const isName = isDnsSubdomain(name) && !name.startsWith("localhost") && !/(^|\.)\d+$/.test(name);
  const addresses = Object.values(interfaces)
    .flatMap((list = []) => list)
    .filter(({ internal }) => !internal)
    .map(({ address }) => ipAddressOctets(address.replace(/%.*$/, "")))
    .filter((octets) => octets !== undefined && isReachable(octets))
    .map((octets) => (octets && ipAddressText(octets)) ?? "");
  return { dnsNames: isName ? [name] : [], ipAddresses: [...new Set(addresses)].sort() };
}

/** Not loopback, link-local, multicast, or no address at all (RFC 6890). */
function isReachable([first = 0, second = 0, ...rest]: Uint8Array): boolean {
  if (rest.length === 2) return first !== 0 && first !== 127 && first < 224 && !(first === 169 && second === 254);
  const isLinkLocal = first === 0xfe && (second & 0xc0) === 0x80;
  const isLowest = first === 0 && second === 0 && rest.slice(0, -1).every((octet) => octet === 0);
  return !isLinkLocal && first !== 0xff && !isLowest;
}
