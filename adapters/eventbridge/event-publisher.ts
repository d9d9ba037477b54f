import type { EventPublisher, RejectedEvent } from "../../core/audit/event-publisher.ts";
import { EVENT_SOURCE, type ServiceEvent } from "../../core/audit/service-event.ts";
import type { Answer, SignedRequest } from "../signed-request.ts";
import { isTooLarge, putEventsBatches, type PutEventsEntry } from "./put-events-batches.ts";

export interface EventBridgePublisherOptions {
  readonly request: SignedRequest;
  /** `https://events.<region>.amazonaws.com`, or a substitute in tests and local runs. */
  readonly endpoint: string;
  readonly busName: string;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

const ATTEMPTS = 4;
const FIRST_DELAY_MILLISECONDS = 200;

/** Codes of entries that EventBridge will never accept. All others may succeed later. */
const FINAL_CODES: ReadonlySet<string> = new Set(["InvalidArgument", "MalformedDetail", "NotAuthorizedForSource"]);

/** PutEvents, in AWS JSON 1.1: ten entries at a time. Only failed entries are sent again. */
export function eventBridgePublisher(options: EventBridgePublisherOptions): EventPublisher {
  return {
    publish: async (events) => {
      const rejected: RejectedEvent[] = [];
      const ids = new Map<PutEventsEntry, string>();
      for (const event of events) {
        const entry = entryOf(event, options.busName);
        if (isTooLarge(entry)) rejected.push({ id: event.detail.id, reason: "TooLarge" });
        else ids.set(entry, event.detail.id);
      }
      for (const batch of putEventsBatches([...ids.keys()])) {
        for (const [entry, reason] of await putWithRetries(options, batch))
          rejected.push({ id: ids.get(entry) ?? "", reason });
      }
      return rejected;
    },
  };
}

function entryOf({ type, at, detail }: ServiceEvent, busName: string): PutEventsEntry {
  return {
    Source: EVENT_SOURCE,
    DetailType: type,
    Detail: JSON.stringify(detail),
    EventBusName: busName,
    Time: Math.floor(at.getTime() / 1000),
  };
}

/** Resolves to the entries that were refused for good. @throws Error when others are left after all attempts */
async function putWithRetries(
  options: EventBridgePublisherOptions,
  batch: readonly PutEventsEntry[],
): Promise<[PutEventsEntry, string][]> {
  const final: [PutEventsEntry, string][] = [];
  let left = batch;
  for (let attempt = 1; ; attempt++) {
    const failures = await put(options, left);
    final.push(...failures.filter(([, code]) => FINAL_CODES.has(code)));
    const passing = failures.filter(([, code]) => !FINAL_CODES.has(code));
    if (passing.length === 0) return final;
    if (attempt === ATTEMPTS)
      throw new Error(`EventBridge did not take ${passing.length} events: ${passing[0]?.[1] ?? ""}`);
    left = passing.map(([entry]) => entry);
    await options.sleep(FIRST_DELAY_MILLISECONDS * 2 ** (attempt - 1));
  }
}

/** One call. Resolves to the entries that failed, each with its code. */
async function put(
  { request, endpoint }: EventBridgePublisherOptions,
  entries: readonly PutEventsEntry[],
): Promise<[PutEventsEntry, string][]> {
  const answer = await request({
    method: "POST",
    url: new URL(endpoint),
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AWSEvents.PutEvents" },
    body: JSON.stringify({ Entries: entries }),
  });
  if (answer.statusCode === 200) {
    const results = resultsIn(answer.body);
    if (results.length !== entries.length)
      throw new Error(`EventBridge answered ${results.length} results for ${entries.length} events`);
    return entries.flatMap((entry, index): [PutEventsEntry, string][] => {
      const code = results[index]?.ErrorCode;
      return code === undefined ? [] : [[entry, code]];
    });
  }
  const code = errorCodeOf(answer);
  if (answer.statusCode === 429 || answer.statusCode >= 500 || /throttl|internal/i.test(code))
    return entries.map((entry) => [entry, code]);
  // The bus is missing or the role lacks permission: no retry helps, and a person must act.
  throw new Error(`EventBridge refused PutEvents: ${answer.statusCode} ${code}`);
}

interface PutEventsResult {
  readonly EventId?: string;
  readonly ErrorCode?: string;
}

/** The results, in the order of the entries. */
function resultsIn(body: string): readonly PutEventsResult[] {
  const { Entries } = JSON.parse(body) as { readonly Entries?: readonly PutEventsResult[] };
  return Entries ?? [];
}

/** `com.amazonaws.events#ThrottlingException` or without the prefix. */
function errorCodeOf({ statusCode, body }: Answer): string {
  return /"__type":\s*"(?:[\w.]+#)?(\w{1,64})"/.exec(body)?.[1] ?? `Status${statusCode}`;
}
