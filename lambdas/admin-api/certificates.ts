import type { APIGatewayProxyEventV2 } from "aws-lambda";
import * as z from "zod/mini";
import { isTokenId } from "../../core/token/bootstrap-token.ts";
import { certificateOf } from "../../core/issuance/issuance-answer.ts";
import { firstIssue, lastExpiry } from "../../core/authority/inventory-bound.ts";
import { LONGEST_LIFETIME_SECONDS, longestLifetimeSeconds } from "../../core/policy/policy.ts";
import { REVOCATION_REASONS, stateOf, type IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import { nodeKey, type NodeRecord } from "../../core/ledger/node-record.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import type { CertificateFilter } from "../../core/ledger/issuance-ledger.ts";
import { RefusalError } from "../../core/refusal.ts";
import { isStranded, retiredIssuers } from "../../core/revocation/stranded.ts";
import { revokeCertificate } from "../../core/revocation/revoke.ts";
import { checked, must } from "../../core/input/schema.ts";
import { timeText } from "../../core/input/time.ts";
import { parseSerialNumber, type SerialNumber } from "../../core/certificate/serial-number.ts";
import type { Operations } from "../http/http-function.ts";
import { jsonBody, pathParameter, queryOf } from "../http/request.ts";
import { json } from "../http/response.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import { certificateHolder } from "./answer/stored-holder.ts";
import { administratorOf, pageRequest, type AdminServices } from "./services.ts";

export const CERTIFICATE_STATES = [
  "Issued",
  "Expired",
  "Revoked",
  "Superseded",
  "Stranded",
  "Voided",
  "Reserved",
] as const;
type CertificateState = (typeof CERTIFICATE_STATES)[number];

export const filterSchema = z.strictObject({
  node: z.optional(z.string().check(z.minLength(1), z.maxLength(253))),
  token: z.optional(z.string().check(must(isTokenId, "must be a token id"))),
  state: z.optional(z.enum(CERTIFICATE_STATES)),
  expiresBefore: z.optional(timeText),
});

export const revocationSchema = z.strictObject({ reason: z._default(z.enum(REVOCATION_REASONS), "unspecified") });

const DAY_MS = 24 * 3600 * 1000;
type ExpiryRange = Pick<CertificateFilter, "expiresFrom" | "expiresUntil">;

/** How long a record outlives its certificate. */
const RETENTION_MS = 90 * DAY_MS;

export type CertificateServices = Pick<
  AdminServices,
  "ledger" | "nodes" | "issuers" | "clock" | "audit" | "policy" | "changeRequests"
>;

export function certificateOperations(services: CertificateServices) {
  return {
    "GET /v1/admin/certificates": async (event) => {
      const {
        limit,
        cursor: from,
        ...filters
      } = queryOf(event, ["node", "token", "state", "expiresBefore", "limit", "cursor"]);
      const { node, token, state, expiresBefore } = checked(filterSchema, filters, "the query");
      const filter = {
        ...(await listRange(services, node ?? token, state)),
        ...(node === undefined ? {} : { nodeName: node }),
        ...(token === undefined ? {} : { tokenId: token }),
        ...(expiresBefore === undefined ? {} : { expiresBefore: new Date(expiresBefore) }),
      };
      const { items, cursor } = await services.ledger.listCertificates(filter, pageRequest({ limit, cursor: from }));
      const described = await describeCertificates(services, items);
      return json(200, {
        items: described.filter((certificate) => state === undefined || certificate.state === state),
        cursor,
      });
    },
    "GET /v1/admin/certificates/{serialNumber}": async (event) => {
      const record = await services.ledger.findBySerialNumber(serialNumberOf(event), await expiryRange(services));
      if (record === undefined) throw unknownCertificate();
      return json(200, await describeWithChain(services, record));
    },
    "POST /v1/admin/certificates/{serialNumber}/revocation": async (event) => {
      const { reason } = jsonBody(event, revocationSchema);
      const range = await expiryRange(services);
      const record = await revokeCertificate(services, serialNumberOf(event), range, reason, administratorOf(event));
      return json(200, await describeWithChain(services, record));
    },
  } satisfies Operations;
}

function serialNumberOf(event: APIGatewayProxyEventV2): SerialNumber {
  const serialNumber = parseSerialNumber(pathParameter(event, "serialNumber"));
  if (serialNumber === undefined) throw unknownCertificate();
  return serialNumber;
}

function unknownCertificate(): RefusalError {
  return new RefusalError("not_found", "there is no certificate with this serial number", { field: "serialNumber" });
}

/** Every certificate still on record expires within this range. */
export async function expiryRange({
  issuers,
  clock,
  policy,
  changeRequests,
}: CertificateServices): Promise<ExpiryRange> {
  const [directory, { inventory }] = await Promise.all([issuers(), changeRequests.readProgress()]);
  const now = clock();
  const endOfCas = Math.max(now.getTime(), ...directory.issuing().map(({ notAfter }) => notAfter.getTime()));
  const own = now.getTime() + longestLifetimeSeconds(policy) * 1000;
  const longest =
    inventory === undefined
      ? now.getTime() + LONGEST_LIFETIME_SECONDS * 1000
      : Math.max(own, lastExpiry(inventory, now).getTime());
  const kept = now.getTime() - RETENTION_MS;
  return {
    expiresFrom: new Date(Math.max(kept, firstIssue(directory.bundle)?.getTime() ?? kept)),
    expiresUntil: new Date(Math.min(endOfCas, longest)),
  };
}

/** An inventory of the fleet is about certificates that still count; those that have expired are shown when asked for. */
async function listRange(
  services: CertificateServices,
  owner: string | undefined,
  state: CertificateState | undefined,
): Promise<ExpiryRange> {
  const range = await expiryRange(services);
  const includesExpired = owner !== undefined || state === "Expired" || state === "Revoked" || state === "Voided";
  return includesExpired ? range : { ...range, expiresFrom: services.clock() };
}

async function describeWithChain(services: CertificateServices, record: IssuanceRecord): Promise<unknown> {
  const directory = await services.issuers();
  const [described] = await describeCertificates(services, [record]);
  const certificate = certificateOf(record, directory);
  const chain =
    certificate === undefined || record.reservation === undefined
      ? []
      : [certificate, ...directory.byId(record.reservation.issuerId).chain];
  return { ...described, certificate: chain.map((der) => encodePem("CERTIFICATE", der)).join("") };
}

/** Whether a certificate is still its node's is known to the node alone. */
async function describeCertificates(services: CertificateServices, records: readonly IssuanceRecord[]) {
  const keys = [...new Set(records.map(({ nodeName, signerName }) => nodeKey(nodeName, signerName)))];
  const nodes = keys.length === 0 ? new Map<string, NodeRecord>() : await services.nodes.readMany(keys);
  const retired = retiredIssuers((await services.issuers()).bundle);
  const now = services.clock();
  return records.map((record) => {
    const node = nodes.get(nodeKey(record.nodeName, record.signerName));
    return describeCertificate(record, certificateState(record, node, retired, now));
  });
}

function describeCertificate(record: IssuanceRecord, state: CertificateState) {
  const { reservation, name, nodeName, signerName, tokenId, username, createdAt, revocation } = record;
  const { subject, spkiSha256, note } = certificateHolder(record);
  return {
    serialNumber: reservation?.serialNumber ?? null,
    name,
    state,
    subject,
    nodeName,
    signerName,
    issuer: reservation?.issuerId ?? null,
    notBefore: reservation === undefined ? null : rfc3339(reservation.notBefore),
    notAfter: reservation === undefined ? null : rfc3339(reservation.notAfter),
    tokenId: tokenId ?? null,
    spkiSha256,
    username,
    createdAt: rfc3339(createdAt),
    revocation:
      revocation === undefined ? null : { reason: revocation.reason, by: revocation.by, at: rfc3339(revocation.at) },
    ...(note === undefined ? {} : { note }),
  };
}

function certificateState(
  record: IssuanceRecord,
  node: NodeRecord | undefined,
  retired: ReadonlySet<string>,
  now: Date,
): CertificateState {
  const state = stateOf(record);
  if (state === "Revoked" || state === "Voided") return state;
  if (state !== "Issued" || record.reservation === undefined) return "Reserved";
  const { notAfter, serialNumber } = record.reservation;
  if (now.getTime() > notAfter.getTime()) return "Expired";
  const isHeld =
    node === undefined || [node.anchor, node.candidate].some((slot) => slot?.serialNumber === serialNumber);
  if (!isHeld) return "Superseded";
  return isStranded(record, retired) ? "Stranded" : "Issued";
}
