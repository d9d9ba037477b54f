import * as z from "zod/mini";
import { endAdmission, openAdmission, type AdmissionServices } from "../../core/admission/change-admission.ts";
import { isOpen, type RecoveryAdmission } from "../../core/admission/recovery-admission.ts";
import { must } from "../../core/input/schema.ts";
import type { Operations } from "../http/http-function.ts";
import { jsonBody } from "../http/request.ts";
import { empty, json } from "../http/response.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import { administratorOf } from "./services.ts";

/** A node that renewed just before the accident asks again when its certificate is nearly over: by default after a week. */
const DEFAULT_TTL_SECONDS = 8 * 24 * 3600;

/** They are one item with the rest. */
const MOST_EXCEPTED = 1000;

const time = z
  .string()
  .check(must((text) => RFC_3339.test(text) && !Number.isNaN(Date.parse(text)), "must be a time in RFC 3339"));
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

const openingSchema = z
  .strictObject({
    issuedAfter: time,
    until: z.optional(time),
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
export function recoveryAdmissionOperations(services: AdmissionServices) {
  const describe = (admission: RecoveryAdmission | undefined) => json(200, answerOf(admission, services.clock()));
  return {
    "GET /v1/admin/recovery-admission": async () => describe(await services.admissions.read()),
    "POST /v1/admin/recovery-admission": async (event) => {
      const { issuedAfter, until, ttlSeconds = DEFAULT_TTL_SECONDS, except } = jsonBody(event, openingSchema);
      const end = until === undefined ? services.clock().getTime() + ttlSeconds * 1000 : Date.parse(until);
      const times = { issuedAfter: new Date(issuedAfter), until: new Date(end), except };
      return describe(await openAdmission(services, times, administratorOf(event)));
    },
    "DELETE /v1/admin/recovery-admission": async (event) => {
      await endAdmission(services, administratorOf(event));
      return empty(204);
    },
  } satisfies Operations;
}

function answerOf(admission: RecoveryAdmission | undefined, now: Date) {
  if (admission === undefined)
    return { state: "None", issuedAfter: null, openedAt: null, until: null, except: [], by: null };
  const { issuedAfter, openedAt, until, except, by } = admission;
  return {
    state: isOpen(admission, now) ? "Open" : "Ended",
    issuedAfter: rfc3339(issuedAfter),
    openedAt: rfc3339(openedAt),
    until: rfc3339(until),
    except,
    by,
  };
}
