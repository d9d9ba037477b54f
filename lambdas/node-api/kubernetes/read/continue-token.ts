import { badRequest, StatusError } from "../protocol/status.ts";

/** Where a list goes on, and as of when it was begun. */
export interface Continuation {
  readonly startedAt: Date;
  readonly cursor: string;
}

/** Kubernetes' lists can be continued for five minutes, as long as its store keeps old versions. */
const MAX_AGE_MS = 5 * 60 * 1000;
/** No list was begun later than now, but for the clocks of two functions. */
const MAX_SKEW_MS = 60 * 1000;

export function encodeContinue({ startedAt, cursor }: Continuation): string {
  return Buffer.from(JSON.stringify({ v: "nodeseal/1", rv: startedAt.getTime(), cursor })).toString("base64url");
}

/** @throws StatusError BadRequest when it is none of ours, Expired when it is too old */
export function decodeContinue(token: string, now: Date): Continuation {
  const decoded = parse(token);
  if (decoded === undefined || decoded.startedAt.getTime() > now.getTime() + MAX_SKEW_MS)
    throw badRequest("continue key is not valid: it is none that this server gave");
  if (now.getTime() - decoded.startedAt.getTime() > MAX_AGE_MS) {
    throw new StatusError(
      "Expired",
      "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
    );
  }
  return decoded;
}

function parse(token: string): Continuation | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (typeof json !== "object" || json === null || !("v" in json) || json.v !== "nodeseal/1") return undefined;
    if (!("rv" in json) || typeof json.rv !== "number" || !("cursor" in json) || typeof json.cursor !== "string")
      return undefined;
    // What a Date can hold (ECMA-262, "Time Values").
    return Number.isSafeInteger(json.rv) && Math.abs(json.rv) <= 8.64e15
      ? { startedAt: new Date(json.rv), cursor: json.cursor }
      : undefined;
  } catch {
    return undefined;
  }
}
