import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";

/*
 * NO_PROXY as Go's golang.org/x/net/http/httpproxy reads it, so that the agent goes the way of the kubelet and containerd
 * beside it. One thing more: blanks separate entries too, as for curl; in Go such an entry matches nothing.
 */

/** Whether a host is reached without the proxy. @param host without brackets, lower case, IDN in ASCII */
export function isExempt(host: string, port: string, noProxy: string): boolean {
  const address = addressOf(host);
  // Never a proxy for this machine itself.
  if (host === "localhost" || (address !== undefined && isLoopback(address))) return true;
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => entry === "*" || matches(entry, { host, address, port }));
}

interface Target {
  readonly host: string;
  readonly address: Address | undefined;
  readonly port: string;
}

function matches(entry: string, { host, address, port }: Target): boolean {
  const network = networkOf(entry);
  if (network !== undefined)
    return address?.family === network.family && network.list.check(address.text, address.family);
  const [name, entryPort] = splitPort(entry);
  if (name === "" || (entryPort !== "" && entryPort !== port)) return false;
  const entryAddress = addressOf(name);
  if (entryAddress !== undefined) return address?.text === entryAddress.text;
  if (address !== undefined) return false;
  const domain = asciiOf(name.replace(/^\*(?=\.)/, ""));
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

/** `net.SplitHostPort`: exactly one colon, or an IPv6 address in brackets. Else all of it is the name. */
function splitPort(entry: string): [name: string, port: string] {
  const bracketed = /^\[([^[\]]*)\]:([^:[\]]*)$/.exec(entry);
  const plain = /^([^:[\]]*):([^:[\]]*)$/.exec(entry);
  const [, name = entry, port = ""] = bracketed ?? plain ?? [];
  return [name, port];
}

function asciiOf(domain: string): string {
  if (/^\p{ASCII}*$/u.test(domain)) return domain;
  const isBelow = domain.startsWith(".");
  const ascii = domainToASCII(isBelow ? domain.slice(1) : domain);
  return ascii === "" ? domain : `${isBelow ? "." : ""}${ascii}`;
}

interface Address {
  readonly text: string;
  readonly family: "ipv4" | "ipv6";
}

/** In one spelling. An IPv4 address in IPv6's clothes is the IPv4 address, as in Go. */
function addressOf(text: string): Address | undefined {
  if (isIPv4(text)) return { text, family: "ipv4" };
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const shortened = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(shortened) ?? [];
  if (high === undefined || low === undefined) return { text: shortened, family: "ipv6" };
  const bytes = [high, low].map((half) => parseInt(half, 16)).flatMap((half) => [half >> 8, half & 255]);
  return { text: bytes.join("."), family: "ipv4" };
}

function isLoopback({ text, family }: Address): boolean {
  return family === "ipv4" ? text.startsWith("127.") : text === "::1";
}

interface Network {
  readonly family: Address["family"];
  readonly list: BlockList;
}

function networkOf(entry: string): Network | undefined {
  const [, text = "", bitsText = ""] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const address = addressOf(text);
  if (address === undefined) return undefined;
  const isMapped = address.family === "ipv4" && isIP(text) === 6;
  const bits = Number(bitsText) - (isMapped ? 96 : 0);
  if (bits < 0 || bits > (address.family === "ipv4" ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(address.text, bits, address.family);
  return { family: address.family, list };
}
