import * as z from "zod/mini";
import { endAdmission, openAdmission, type AdmissionServices } from "../../core/admission/change-admission.ts";
import { isOpen, type RecoveryAdmission } from "../../core/admission/recovery-admission.ts";
import type { Authority, TrustBundle } from "../../core/authority/authority.ts";
import { parseCertificate } from "../../core/certificate/certificate.ts";
import { RefusalError } from "../../core/refusal.ts";
import { retiredIssuers } from "../../core/revocation/stranded.ts";
import { must } from "../../core/input/schema.ts";
import { timeText } from "../../core/input/time.ts";
import type { Operations } from "../http/http-function.ts";
import { jsonBody } from "../http/request.ts";
import { empty, json } from "../http/response.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import { administratorOf, type AdminServices } from "./services.ts";

/** A node that renewed just before the accident asks again when its certificate is nearly over: by default after a week. */
const DEFAULT_TTL_SECONDS = 8 * 24 * 3600;

/** They are one item with the rest. */
const MOST_EXCEPTED = 1000;

export const openingSchema = z
  .strictObject({
    issuedAfter: z.optional(timeText),
    authorityIds: z.optional(z.array(z.string().check(z.maxLength(64))).check(z.minLength(1), z.maxLength(20))),
    until: z.optional(timeText),
    ttlSeconds: z.optional(z.int().check(z.gte(60))),
    except: z._default(
      z.array(z.string().check(z.minLength(1), z.maxLength(253))).check(z.maxLength(MOST_EXCEPTED)),
      [],
    ),
  })
  .check(
    must(
      ({ until, ttlSeconds }) => until === undefined || ttlSeconds === undefined,
      "must not have both until and ttlSeconds",
    ),
  );

/** After a restore: which nodes come back although their certificates are not on record. */
export function recoveryAdmissionOperations(services: AdmissionServices & Pick<AdminServices, "authorities">) {
  const describe = (admission: RecoveryAdmission | undefined) => json(200, answerOf(admission, services.clock()));
  return {
    "GET /v1/admin/recovery-admission": async () => describe(await services.admissions.read()),
    "POST /v1/admin/recovery-admission": async (event) => {
      const {
        issuedAfter,
        until,
        ttlSeconds = DEFAULT_TTL_SECONDS,
        except,
        authorityIds,
      } = jsonBody(event, openingSchema);
      if ((issuedAfter === undefined) === (authorityIds === undefined)) throw oneOfTwo();
      if (authorityIds !== undefined) assertRetired(await services.authorities.read(), authorityIds, services.clock());
      const end = until === undefined ? services.clock().getTime() + ttlSeconds * 1000 : Date.parse(until);
      const from = issuedAfter === undefined ? undefined : new Date(issuedAfter);
      const times = { issuedAfter: from, until: new Date(end), except, authorityIds };
      return describe(await openAdmission(services, times, administratorOf(event)));
    },
    "DELETE /v1/admin/recovery-admission": async (event) => {
      await endAdmission(services, administratorOf(event));
      return empty(204);
    },
  } satisfies Operations;
}

function oneOfTwo(): RefusalError {
  return new RefusalError(
    "malformed_request",
    'the body must have either "issuedAfter" (after a restore) or "authorityIds" (CAs that were retired by mistake)',
    { field: "issuedAfter" },
  );
}

/** @throws RefusalError `malformed_request` */
function assertRetired(bundle: TrustBundle | undefined, authorityIds: readonly string[], now: Date): void {
  const retired = retiredIssuers(bundle ?? { authorities: [] });
  const other = authorityIds.find((id) => !retired.has(id));
  if (other === undefined) return assertNotEnded(bundle?.authorities ?? [], authorityIds, now);
  const there = retired.size === 0 ? "none is" : `retired are ${[...retired].join(", ")}`;
  throw new RefusalError("malformed_request", `${JSON.stringify(other)} is no issuing CA that was retired; ${there}`, {
    field: "authorityIds",
  });
}

/** No certificate outlives its CA, and an expired one of an expired CA is not believed. @throws RefusalError `malformed_request` */
function assertNotEnded(authorities: readonly Authority[], authorityIds: readonly string[], now: Date): void {
  for (const { id, certificate } of authorities.filter((one) => authorityIds.includes(one.id))) {
    const { notAfter } = parseCertificate(certificate);
    if (notAfter >= now) continue;
    const message = `${id} ended at ${notAfter.toISOString()}: nothing that it signed can be admitted; join those machines again with a token`;
    throw new RefusalError("malformed_request", message, { field: "authorityIds" });
  }
}

function answerOf(admission: RecoveryAdmission | undefined, now: Date) {
  if (admission === undefined)
    return { state: "None", issuedAfter: null, openedAt: null, until: null, except: [], by: null };
  const { issuedAfter, openedAt, until, except, by, authorityIds } = admission;
  return {
    state: isOpen(admission, now) ? "Open" : "Ended",
    issuedAfter: authorityIds === undefined ? rfc3339(issuedAfter) : null,
    ...(authorityIds === undefined ? {} : { authorityIds }),
    openedAt: rfc3339(openedAt),
    until: rfc3339(until),
    except,
    by,
  };
}
