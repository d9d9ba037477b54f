import * as z from "zod/mini";

/** One entry of CloudTrail that says that a key was asked to sign. */
export interface SigningEvent {
  readonly eventId: string;
  readonly at: Date;
  readonly eventName: string;
  readonly keyArn: string;
  readonly requestId: string;
  readonly principal: string;
  readonly sourceAddress: string;
  /** Undefined: it was signed. */
  readonly errorCode: string | undefined;
}

const SIGNING_OPERATIONS = new Set(["Sign", "GenerateMac"]);

const optionalText = z.optional(z.nullable(z.string()));

/** The members that are read of a record ("CloudTrail record contents"); all others are of no concern here. */
const record = z.object({
  eventID: z.string(),
  eventTime: z.string(),
  eventName: z.string(),
  requestID: optionalText,
  sourceIPAddress: optionalText,
  errorCode: optionalText,
  userIdentity: z.optional(z.nullable(z.object({ arn: optionalText, invokedBy: optionalText, type: optionalText }))),
  resources: z.optional(z.nullable(z.array(z.object({ ARN: optionalText })))),
  requestParameters: z.optional(z.nullable(z.object({ keyId: optionalText }))),
});
const kmsRecord = z.object({ eventSource: z.string(), eventName: z.string() });
const logFile = z.object({ Records: z.array(z.unknown()) });

/** What the records of one log file say: when each happened, and which of them are about signing. */
export interface SigningLog {
  readonly times: readonly Date[];
  readonly events: readonly SigningEvent[];
}

/**
 * Reads a log file of CloudTrail, or a file of the same form.
 *
 * @returns undefined when it is none: cut off, or another kind of file
 */
export function parseSigningLog(text: string): SigningLog | undefined {
  const file = z.safeParse(logFile, parsed(text));
  if (!file.success) return undefined;
  const times: Date[] = [];
  const events: SigningEvent[] = [];
  for (const value of file.data.Records) {
    const event = signingEventOf(value);
    if (event === "unreadable") return undefined;
    const at = timeOf(value);
    if (at !== undefined) times.push(at);
    if (event !== undefined) events.push(event);
  }
  return { times, events };
}

/** Undefined for what is about something else. */
function signingEventOf(value: unknown): SigningEvent | "unreadable" | undefined {
  const kind = z.safeParse(kmsRecord, value);
  if (!kind.success) return "unreadable";
  if (kind.data.eventSource !== "kms.amazonaws.com" || !SIGNING_OPERATIONS.has(kind.data.eventName)) return undefined;
  const { success, data } = z.safeParse(record, value);
  if (!success || timeOf(value) === undefined) return "unreadable";
  return {
    eventId: data.eventID,
    at: new Date(data.eventTime),
    eventName: data.eventName,
    // A request that was refused may name no resource. An alias or a bare id is compared by its end.
    keyArn: data.resources?.[0]?.ARN ?? data.requestParameters?.keyId ?? "",
    requestId: data.requestID ?? "",
    principal: data.userIdentity?.arn ?? data.userIdentity?.invokedBy ?? data.userIdentity?.type ?? "unknown",
    sourceAddress: data.sourceIPAddress ?? "unknown",
    errorCode: data.errorCode ?? undefined,
  };
}

const timed = z.object({ eventTime: z.string() });

function timeOf(value: unknown): Date | undefined {
  const { success, data } = z.safeParse(timed, value);
  const at = new Date(success ? data.eventTime : Number.NaN);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
