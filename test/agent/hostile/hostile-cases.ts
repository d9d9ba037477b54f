import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import type { RouteName } from "../support/service-answer.ts";
import { testAuthority } from "../support/test-authority.ts";
import type { RawAnswer, Spoil } from "./hostile-front.ts";

/** Texts for a header or a member; each would do something to a program that takes it for more than data. */
export const PAYLOADS: Readonly<Record<string, (marker: string) => string>> = {
  "a date with an array's index": (marker) => `Sun, 06 Nov url[$(:>${marker})] 08:49:37 GMT`,
  "an array's index": (marker) => `a[$(:>${marker})]`,
  "a known array's index": (marker) => `status[$(:>${marker})]`,
  "a command": (marker) => `$(:>${marker})`,
  "back-ticks": (marker) => `\`:>${marker}\``,
  "a command between digits": (marker) => `1;:>${marker};1`,
  "another octal number": () => "08",
  "a negative number": () => "-1",
  "a number of 20 digits": () => "99999999999999999999",
  "a format": () => "%s%n%s%n%99999999d",
  "a path": () => "../../x",
  quotes: () => `"';"'\\`,
  "a NUL": () => "1\u00002",
  "a line feed": () => "1\n2",
  "a second line": (marker) => `keep\r\nnodeseal-next: $(:>${marker})`,
  "a pattern": () => ".*",
  "a terminal's commands": () => "\u001b[2J\u009b31m",
  nothing: () => "",
  "a megabyte": () => "1".repeat(1024 * 1024),
};

/** What bash, ksh and mksh run when it reaches their arithmetic. */
export const ARITHMETIC = [
  "a date with an array's index",
  "an array's index",
  "a known array's index",
  "a command between digits",
];

/** Headers that the script does not read, together. */
const UNREAD = ["date", "age", "location", "etag", "content-type", "x-[a-z]*"];

/** What the script may meet: each of the headers it reads, and all others. */
export const HEADERS = [
  UNREAD.join(" "),
  "retry-after",
  "nodeseal-next",
  "nodeseal-time",
  "nodeseal-request",
  "nodeseal-trust-bundle",
  "nodeseal-renew-after",
  "nodeseal-renew-before",
  "nodeseal-code",
  "nodeseal-detail",
];

/** All members of JSON answers. */
export const MEMBERS = [
  "name",
  "state",
  "certificate",
  "serialNumber",
  "notAfter",
  "renewAfter",
  "renewBefore",
  "trustBundleSequence",
  "sequence",
  "authorities",
];

export const PROBLEM_MEMBERS = ["code", "detail", "title", "rule", "field", "status"];

/** Puts a text in the place of headers, in every answer. @param names separated by blanks */
export function withHeader(names: string, text: string): Spoil {
  const wanted = names.split(" ");
  return (answer) => ({
    ...answer,
    head: [
      ...answer.head.filter((line) => !wanted.some((name) => line.toLowerCase().startsWith(`${name}:`))),
      ...wanted.map((name) => `${name}: ${text}`),
    ],
  });
}

/** Puts a text in the place of a member, wherever an answer has it. */
export function withMember(name: string, text: string): Spoil {
  return (answer) => {
    const body: unknown = isJson(answer) ? JSON.parse(answer.body.toString()) : undefined;
    if (typeof body !== "object" || body === null || !(name in body)) return answer;
    return { ...answer, body: Buffer.from(JSON.stringify({ ...body, [name]: text })) };
  };
}

function isJson({ head, body }: RawAnswer): boolean {
  return body.length > 0 && head.some((line) => /^content-type:.*json/i.test(line));
}

/** Lets every answer be a refusal, with a text in one member and in the header of its name. */
export function refusing(status: number, name: string, text: string): Spoil {
  const problem = { code: "denied_by_policy", detail: "no", [name]: text };
  const headers = ["nodeseal-code: denied_by_policy", "nodeseal-detail: no", "content-type: application/problem+json"];
  return (answer) =>
    withHeader(`nodeseal-${name}`, text)(
      { ...answer, head: [`HTTP/1.1 ${status} No`, ...headers], body: Buffer.from(JSON.stringify(problem)) },
      "enrol",
    );
}

export interface BodyCase {
  readonly name: string;
  readonly routes: readonly RouteName[];
  readonly spoil: (answer: RawAnswer) => RawAnswer;
}

const ISSUING: readonly RouteName[] = ["enrol"];
const EITHER: readonly RouteName[] = ["enrol", "bundle"];

/** Bodies, and whole answers, that are not what was asked for. Each must end in a refusal. */
export async function bodyCases(marker: string): Promise<readonly BodyCase[]> {
  const foreign = await testAuthority("CN=Foreign");
  const spki = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "der" });
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
  const other = await foreign.issue({ name: "O=system:nodes, CN=system:node:n1", spki, ...validity });
  const key = createPrivateKey(
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "sec1", format: "pem" }),
  );
  const body =
    (text: string) =>
    (answer: RawAnswer): RawAnswer => ({ ...answer, body: inPlaceOfPem(answer, text) });
  const status =
    (line: string, ...headers: string[]) =>
    (answer: RawAnswer): RawAnswer => ({
      ...answer,
      head: [line, ...headers, ...answer.head.slice(1)],
    });
  const garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  return [
    { name: "PEM of another key", routes: ISSUING, spoil: body(other.toString()) },
    {
      name: "a key in place of a certificate",
      routes: EITHER,
      spoil: body(key.export({ type: "pkcs8", format: "pem" }).toString()),
    },
    {
      name: "a certificate and a command",
      routes: EITHER,
      spoil: (answer) => ({ ...answer, body: Buffer.concat([answer.body, Buffer.from(`$(:>${marker})\n`)]) }),
    },
    { name: "PEM of something else", routes: EITHER, spoil: body(garbage) },
    { name: "a certificate and garbage in PEM", routes: ISSUING, spoil: appended(garbage) },
    { name: "a leaf in the trust bundle", routes: ["bundle"], spoil: body(other.toString()) },
    { name: "a thousand certificates", routes: EITHER, spoil: body(foreign.pem.repeat(1000)) },
    {
      name: "a megabyte of PEM",
      routes: EITHER,
      spoil: body(`-----BEGIN CERTIFICATE-----\n${"AAAA\n".repeat(220_000)}`),
    },
    {
      name: "NULs",
      routes: EITHER,
      spoil: (answer) => ({ ...answer, body: Buffer.concat([Buffer.alloc(3), answer.body]) }),
    },
    { name: "nothing", routes: EITHER, spoil: body("") },
    {
      name: "a page",
      routes: EITHER,
      spoil: (answer) =>
        withHeader("content-type", "text/html")({ ...answer, body: Buffer.from(`<html>$(:>${marker})`) }, "enrol"),
    },
    { name: "a redirect", routes: EITHER, spoil: status("HTTP/1.1 302 Found", "location: http://127.0.0.1:1/$(id)") },
    { name: "a body without end", routes: EITHER, spoil: (answer) => ({ ...answer, then: "endless" }) },
    { name: "a body without end, in chunks", routes: ISSUING, spoil: endlessChunks },
    {
      name: "headers without end",
      routes: ISSUING,
      spoil: (answer) => ({ head: [...answer.head, "x: "], body: Buffer.alloc(0), then: "endless" }),
    },
    { name: "no HTTP", routes: ISSUING, spoil: (answer) => ({ ...answer, head: [`$(:>${marker})`] }) },
    { name: "a status that is none", routes: ISSUING, spoil: status(`HTTP/1.1 a[$(:>${marker})] Fine`) },
    { name: "a byte a second", routes: ISSUING, spoil: (answer) => ({ ...answer, then: "drip" }) },
  ];
}

/** In the JSON member where the agent that reads JSON looks for certificates, or as the whole body. */
function inPlaceOfPem(answer: RawAnswer, pem: string): Buffer {
  if (!isJson(answer)) return Buffer.from(pem);
  const body = JSON.parse(answer.body.toString()) as Record<string, unknown>;
  if (typeof body["certificate"] === "string") return Buffer.from(JSON.stringify({ ...body, certificate: pem }));
  return Buffer.from(JSON.stringify({ ...body, authorities: [{ certificate: pem }] }));
}

function appended(pem: string) {
  return (answer: RawAnswer): RawAnswer => {
    if (!isJson(answer)) return { ...answer, body: Buffer.concat([answer.body, Buffer.from(pem)]) };
    const body = JSON.parse(answer.body.toString()) as { certificate?: string };
    return { ...answer, body: inPlaceOfPem(answer, `${body.certificate ?? ""}${pem}`) };
  };
}

/** Chunked, which an older curl does not hold against its limit. */
function endlessChunks(answer: RawAnswer): RawAnswer {
  const size = (1024 ** 4).toString(16);
  return { head: [...answer.head, "transfer-encoding: chunked"], body: Buffer.from(`${size}\r\n`), then: "endless" };
}
