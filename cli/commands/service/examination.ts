import {
  dateMember,
  numberMember,
  objectsMember,
  textMember,
  type JsonObject,
} from "../../../core/input/json-object.ts";
import { humanDuration } from "../../output/human-duration.ts";
import { messageOf } from "../../program/operator-error.ts";
import type { AdminService } from "../../service/admin-service.ts";
import { WHOAMI_PATH } from "./whoami.ts";

/** One line of `nodeseal doctor`. */
export interface Finding {
  readonly check: string;
  readonly result: "ok" | "warning" | "failed";
  /** What was found, and what to do about it. */
  readonly detail: string;
}

/** AWS refuses what was signed five minutes off; certificates begin five minutes before they are made. */
const WORRYING_SKEW_SECONDS = 60;
/** Time to roll a CA in peace: nodes renew, servers fetch, and nobody hurries. */
const CA_NOTICE_DAYS = 60;
const DAY_SECONDS = 24 * 3600;

/**
 * Looks at what a service and this machine's way to it may lack, one after the other: what fails at the beginning makes
 * the rest pointless. Reads only: at most six requests.
 */
export async function* examine(service: AdminService, now: () => Date): AsyncGenerator<Finding, void> {
  const bundle = await tried("address and TLS", () => service.getPublic("/v1/trust-bundle", "application/json"));
  if ("failure" in bundle) {
    yield bundle.failure;
    return;
  }
  yield ok("address and TLS", "the service answers, and its certificate is trusted here");
  const caller = await tried("credentials", () => service.get(WHOAMI_PATH));
  if ("failure" in caller) {
    yield caller.failure;
    return;
  }
  yield ok("credentials", `the service takes you for ${textMember(caller.answer, "principal") ?? "nobody"}`);
  yield clockFinding(dateMember(caller.answer, "at"), now());
  const authorities = await tried("CAs", () => service.get("/v1/admin/authorities"));
  if ("failure" in authorities) yield authorities.failure;
  else yield* authorityFindings(authorities.answer, bundle.answer, now());
  const looks = [
    [
      "overdue nodes",
      "/v1/admin/nodes",
      { overdue: "true" },
      "should have renewed and did not: nodeseal node list --overdue",
    ],
    [
      "stranded nodes",
      "/v1/admin/nodes",
      { state: "Stranded" },
      "have certificates of a retired CA: nodeseal node list --state stranded",
    ],
    ["pending requests", "/v1/admin/requests", { state: "Pending" }, "wait for a decision: nodeseal csr review"],
  ] as const;
  for (const [check, path, query, meaning] of looks) {
    const list = await tried(check, () => service.get(path, { ...query, limit: "100" }));
    if ("failure" in list) yield list.failure;
    else yield countFinding(check, list.answer, meaning);
  }
}

async function tried<T>(
  check: string,
  ask: () => Promise<T>,
): Promise<{ readonly answer: T } | { readonly failure: Finding }> {
  try {
    return { answer: await ask() };
  } catch (error) {
    return { failure: { check, result: "failed", detail: messageOf(error) } };
  }
}

function clockFinding(serviceClock: Date | undefined, now: Date): Finding {
  if (serviceClock === undefined)
    return { check: "clock", result: "warning", detail: "the service does not say its time" };
  const skewSeconds = Math.abs(serviceClock.getTime() - now.getTime()) / 1000;
  if (skewSeconds <= WORRYING_SKEW_SECONDS) return ok("clock", "this machine and the service agree");
  const direction = serviceClock > now ? "behind" : "ahead of";
  const detail = `this machine is ${humanDuration(skewSeconds)} ${direction} the service: set its clock (AWS refuses more than 5 minutes)`;
  return { check: "clock", result: "warning", detail };
}

function* authorityFindings(answer: JsonObject, publicBundle: string, now: Date): Generator<Finding> {
  const items = objectsMember(answer, "items") ?? [];
  const active = items.filter((item) => textMember(item, "state") === "active");
  const signs = active.find((item) => textMember(item, "role") === "issuing");
  if (signs === undefined) {
    yield {
      check: "CAs",
      result: "failed",
      detail: "no issuing CA is active: nothing is signed; see nodeseal ca show",
    };
  }
  for (const item of active) {
    const id = textMember(item, "id") ?? "?";
    const days = ((dateMember(item, "notAfter")?.getTime() ?? 0) - now.getTime()) / 1000 / DAY_SECONDS;
    if (days > CA_NOTICE_DAYS) yield ok("CAs", `${id} is active for ${humanDuration(days * DAY_SECONDS)} more`);
    else
      yield {
        check: "CAs",
        result: "warning",
        detail: `${id} ends in ${Math.max(0, Math.floor(days))} days: nodeseal ca prepare, then activate`,
      };
  }
  for (const change of objectsMember(answer, "changeRequests") ?? []) {
    if (textMember(change, "state") !== "held") continue;
    const [act, id, reason] = ["act", "authorityId", "reason"].map((member) => textMember(change, member) ?? "");
    yield { check: "CA changes", result: "warning", detail: `${act ?? ""} ${id ?? ""} is held: ${reason ?? ""}` };
  }
  const [stored, served] = [numberMember(answer, "sequence"), /"sequence":\s*(\d+)/.exec(publicBundle)?.[1]];
  if (stored === undefined || served === undefined || String(stored) === served)
    yield ok("trust bundle", `bundle ${served ?? "?"} is served`);
  else
    yield {
      check: "trust bundle",
      result: "warning",
      detail: `bundle ${served} is served, ${stored} is newest: it is out within minutes`,
    };
}

function countFinding(check: string, list: JsonObject, meaning: string): Finding {
  const count = objectsMember(list, "items")?.length ?? 0;
  const isMore = textMember(list, "cursor") !== undefined;
  if (count === 0 && !isMore) return ok(check, "none");
  return { check, result: "warning", detail: `${isMore ? "at least " : ""}${count} ${meaning}` };
}

function ok(check: string, detail: string): Finding {
  return { check, result: "ok", detail };
}
