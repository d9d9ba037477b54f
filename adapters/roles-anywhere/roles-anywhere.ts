import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod/mini";
import { CLUSTER_TAG, type ImportedList, type RolesAnywhere } from "../../core/roles-anywhere/roles-anywhere.ts";
import type { Answer, SignedRequest } from "../signed-request.ts";

export interface RolesAnywhereOptions {
  readonly request: SignedRequest;
  /** `https://rolesanywhere.<region>.amazonaws.com`, or a substitute in tests. */
  readonly endpoint: string;
  readonly trustAnchorArn: string;
  /** Between attempts. @default real time */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/** Roles Anywhere lets an account make one request of each kind a second. Others in the account may make them too. */
const PAUSE_MILLISECONDS = 1100;
const ATTEMPTS = 5;

/** Lists of other trust anchors are listed as well: fifty anchors of two lists. */
const MOST_PAGES = 100;

const blob = z.pipe(
  z.string(),
  z.transform((base64) => Buffer.from(base64, "base64").toString("latin1")),
);
const anchorAnswer = z.object({
  trustAnchor: z.object({
    source: z.object({ sourceData: z.object({ x509CertificateData: z.optional(z.string()) }) }),
  }),
});
const listsAnswer = z.object({
  crls: z.optional(
    z.array(
      z.object({
        crlId: z.string(),
        name: z.optional(z.string()),
        enabled: z.optional(z.boolean()),
        crlData: z.optional(blob),
        trustAnchorArn: z.optional(z.string()),
      }),
    ),
  ),
  nextToken: z.nullish(z.string()),
});

/** Five calls of a REST API, without a client of 300 KB (API reference: GetTrustAnchor, UpdateTrustAnchor, ListCrls, ImportCrl, UpdateCrl). */
export function rolesAnywhereService(options: RolesAnywhereOptions): RolesAnywhere {
  const { trustAnchorArn } = options;
  const anchorPath = `/trustanchor/${idOf(trustAnchorArn)}`;
  return {
    readAnchor: async () => {
      const { trustAnchor } = anchorAnswer.parse(await asked(options, "GET", anchorPath));
      return trustAnchor.source.sourceData.x509CertificateData ?? "";
    },
    writeAnchor: async (x509CertificateData) => {
      const source = { sourceType: "CERTIFICATE_BUNDLE", sourceData: { x509CertificateData } };
      await asked(options, "PATCH", anchorPath, { source });
    },
    listLists: () => listLists(options),
    importList: async (clusterName, name, pem) => {
      const tags = [{ key: CLUSTER_TAG, value: clusterName }];
      const list = { name, crlData: base64Of(pem), enabled: true, trustAnchorArn, tags };
      await asked(options, "POST", "/crls", list);
    },
    replaceList: async (id, name, pem) => {
      await asked(options, "PATCH", `/crl/${encodeURIComponent(id)}`, { name, crlData: base64Of(pem) });
    },
  };
}

async function listLists(options: RolesAnywhereOptions): Promise<readonly ImportedList[]> {
  const lists: ImportedList[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = nextToken === undefined ? "" : `?${new URLSearchParams({ nextToken }).toString()}`;
    const answer = listsAnswer.parse(await asked(options, "GET", `/crls${query}`));
    for (const { crlId: id, name = "", enabled, crlData: pem = "", trustAnchorArn } of answer.crls ?? [])
      if (trustAnchorArn === options.trustAnchorArn) lists.push({ id, name, pem, isEnabled: enabled !== false });
    if (answer.nextToken === undefined || answer.nextToken === null) return lists;
    nextToken = answer.nextToken;
  }
  throw new Error(`Roles Anywhere lists revocation lists on more than ${MOST_PAGES} pages`);
}

async function asked(
  { request, endpoint, pause = delay }: RolesAnywhereOptions,
  method: "GET" | "PATCH" | "POST",
  path: string,
  members?: object,
): Promise<unknown> {
  const url = new URL(`${endpoint.replace(/\/$/, "")}${path}`);
  const headers = members === undefined ? {} : { "content-type": "application/json" };
  const body = members === undefined ? "" : JSON.stringify(members);
  for (let attempt = 1; ; attempt++) {
    const answer = await request({ method, url, headers, body });
    if (answer.statusCode >= 200 && answer.statusCode < 300) return JSON.parse(answer.body);
    if (!isBusy(answer) || attempt === ATTEMPTS)
      throw new Error(`Roles Anywhere refused ${method} ${url.pathname}: ${answer.statusCode} ${reasonOf(answer)}`);
    await pause(PAUSE_MILLISECONDS * attempt);
  }
}

/** REST services of AWS name the error in a header; some in the body's `__type`. */
function reasonOf({ headers, body }: Answer): string {
  const name = headers["x-amzn-errortype"] ?? /"__type"\s*:\s*"([^"]{1,100})"/.exec(body)?.[1] ?? "without a code";
  const message = /"message"\s*:\s*"([^"]{1,300})"/i.exec(body)?.[1];
  return (name.split(":")[0] ?? name) + (message === undefined ? "" : ` (${message})`);
}

function isBusy(answer: Answer): boolean {
  return answer.statusCode === 429 || answer.statusCode >= 500 || /Throttl|TooManyRequests/.test(reasonOf(answer));
}

function idOf(trustAnchorArn: string): string {
  const id = /:trust-anchor\/([0-9a-f-]{36})$/.exec(trustAnchorArn)?.[1];
  if (id === undefined) throw new Error(`${trustAnchorArn} is not the ARN of a trust anchor`);
  return id;
}

function base64Of(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}
