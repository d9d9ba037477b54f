import * as z from "zod/mini";
import { checked } from "../../core/input/schema.ts";
import { timeText } from "../../core/input/time.ts";
import type { AnsweredSignature } from "../../core/keys/signature-register.ts";
import type { IssuanceRecord } from "../../core/ledger/issuance-record.ts";
import { RefusalError } from "../../core/refusal.ts";
import type { Operations } from "../http/http-function.ts";
import { queryOf } from "../http/request.ts";
import { json } from "../http/response.ts";
import { expiryRange, type CertificateServices } from "./certificates.ts";
import { pageRequest, type AdminServices } from "./services.ts";

export const SIGNATURES_OF = ["nodes", "service"] as const;

export const signaturesSchema = z.strictObject({
  of: z.enum(SIGNATURES_OF),
  signedFrom: timeText,
  signedUntil: timeText,
});

const DAY_MS = 24 * 3600 * 1000;
/** As long as they are on record. */
const MOST_DAYS = 100;

interface Period {
  readonly from: Date;
  readonly until: Date;
}

/**
 * What the CA keys signed, for who compares it with CloudTrail. Of nodes: a page of certificates, each with the request of
 * the key service that made it. Of the service itself (lists, CA certificates, OCSP responders): a page is a day.
 */
export function signatureOperations(services: CertificateServices & Pick<AdminServices, "signatures">) {
  return {
    "GET /v1/admin/signatures": async (event) => {
      const { limit, cursor, ...members } = queryOf(event, ["of", "signedFrom", "signedUntil", "limit", "cursor"]);
      const { of, signedFrom, signedUntil } = checked(signaturesSchema, members, "the query");
      const period = { from: new Date(signedFrom), until: new Date(signedUntil) };
      const page = pageRequest({ limit, cursor });
      if (of === "nodes") return json(200, await certificatesSigned(services, period, page));
      return json(200, await signaturesOfDay(services, period, page.cursor));
    },
  } satisfies Operations;
}

async function certificatesSigned(
  services: CertificateServices,
  { from, until }: Period,
  page: ReturnType<typeof pageRequest>,
) {
  const range = await expiryRange(services);
  const { bundle } = await services.issuers();
  const keyArns = new Map(bundle.authorities.map(({ id, keyArn }) => [id, keyArn]));
  // What was signed in this time ends after it began.
  const expiresFrom = new Date(Math.max(range.expiresFrom.getTime(), from.getTime()));
  const { items, cursor } = await services.ledger.listCertificates({ ...range, expiresFrom }, page);
  const signed = items.filter(
    ({ reservation, completion }) =>
      reservation !== undefined && reservation.at <= until && (completion?.at ?? reservation.at) >= from,
  );
  return { items: signed.map((record) => certificateSigned(record, keyArns)), cursor };
}

function certificateSigned(
  { reservation, completion, nodeName, signerName }: IssuanceRecord,
  keyArns: ReadonlyMap<string, string>,
) {
  return {
    kind: "certificate" as const,
    keyArn: keyArns.get(reservation?.issuerId ?? "") ?? null,
    requestId: completion?.requestId ?? null,
    attempts: reservation?.attempts ?? 0,
    beganAt: reservation?.at.toISOString() ?? null,
    storedAt: completion?.at.toISOString() ?? null,
    serialNumber: reservation?.serialNumber ?? null,
    nodeName,
    signerName,
  };
}

async function signaturesOfDay(
  { signatures }: Pick<AdminServices, "signatures">,
  period: Period,
  cursor: string | undefined,
) {
  const first = dayOf(period.from);
  const day = cursor ?? first;
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || day < first || (day > dayOf(period.until) && cursor !== undefined))
    throw new RefusalError("malformed_request", '"cursor" must be one that an earlier page of this very list gave', {
      field: "cursor",
    });
  if (period.until.getTime() - period.from.getTime() > MOST_DAYS * DAY_MS)
    throw new RefusalError("malformed_request", `"signedFrom" must be at most ${MOST_DAYS} days before "signedUntil"`, {
      field: "signedFrom",
    });
  const found = (await signatures.readDay(day)).filter(({ at }) => at >= period.from && at <= period.until);
  const next = dayOf(new Date(Date.parse(day) + DAY_MS));
  return { items: found.map(signed), cursor: next > dayOf(period.until) ? undefined : next };
}

function signed({ kind, keyArn, requestId, at, sha256 }: AnsweredSignature) {
  return { kind, keyArn, requestId: requestId ?? null, attempts: 1, beganAt: at.toISOString(), sha256 };
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
