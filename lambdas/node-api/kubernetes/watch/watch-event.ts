import { isFindableByOwner } from "../../../../core/signing-request/create.ts";
import type { IssuanceRecord } from "../../../../core/ledger/issuance-record.ts";
import { lastChangeOf, vanishesAt } from "../../../../core/signing-request/retention.ts";
import { conditionsOf } from "../../../../core/signing-request/conditions.ts";
import type { Caller } from "../caller/caller.ts";
import { partialObject } from "../protocol/partial-object.ts";
import type { KubernetesRequest } from "../protocol/request.ts";
import { requestObject, type Rendering } from "../read/request-object.ts";
import { CERTIFICATES_API_VERSION, CSR_RESOURCE } from "../protocol/resources.ts";
import type { Selection } from "../read/selector.ts";
import type { KubernetesServices } from "../protocol/services.ts";
import { includedObject, requestTable } from "../read/table.ts";
import { isOwner, mayRead } from "../caller/visible-request.ts";

/** What a watch is about, read from its query once. */
export interface Watch {
  readonly request: KubernetesRequest;
  readonly caller: Caller;
  readonly selection: Selection;
  /** Changes after this are events; undefined begins with everything there is. */
  readonly since: Date | undefined;
  readonly sendsBookmarks: boolean;
  readonly holdMilliseconds: number;
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly record: IssuanceRecord;
  readonly at: Date;
}

/** By its name an owner finds its certificate until that expires. */
const LATER_THAN_ALL = new Date(8.64e15);

/** What happened to a record since the watch's version; undefined when nothing did, or nothing that this client may see. */
export function eventOf(
  services: KubernetesServices,
  { caller, selection, since }: Watch,
  record: IssuanceRecord,
  until: Date,
): WatchEvent | undefined {
  if (!mayRead(caller, record)) return undefined;
  const wasThere = since !== undefined && record.createdAt.getTime() <= since.getTime();
  const isNew = (at: Date): boolean => at.getTime() > (since?.getTime() ?? 0);
  const changedAt = lastChangeOf(record);
  const isItsOwn = selection.name !== undefined && isOwner(caller, record) && isFindableByOwner(record, until);
  const goneAt = isItsOwn ? LATER_THAN_ALL : vanishesAt(record, conditionsOf(record, services.policy));
  if (goneAt.getTime() <= until.getTime())
    return wasThere && isNew(goneAt) && selection.matches(record) ? { type: "DELETED", record, at: goneAt } : undefined;
  if (!isNew(changedAt)) return undefined;
  if (selection.matches(record)) return { type: wasThere ? "MODIFIED" : "ADDED", record, at: changedAt };
  // It may have matched before its labels changed: nobody knows, and who never had it loses nothing.
  const hasNewLabels = record.metadata !== undefined && isNew(record.metadata.at);
  return wasThere && hasNewLabels ? { type: "DELETED", record, at: changedAt } : undefined;
}

/** One line. The object of a deletion bears its time: a client goes on from the version it saw last. */
export function eventLine(
  { type, record, at }: WatchEvent,
  { request }: Watch,
  rendering: Rendering,
  now: Date,
): unknown {
  const { acceptance, query } = request;
  const resourceVersion = String(at.getTime());
  if (acceptance.table === undefined) {
    const { metadata, ...rest } = requestObject(record, rendering);
    const whole = { ...rest, metadata: { ...metadata, resourceVersion } };
    return { type, object: acceptance.isPartial ? partialObject(whole) : whole };
  }
  const options = {
    version: acceptance.table,
    include: includedObject(query),
    metadata: { resourceVersion },
    now,
  };
  return { type, object: requestTable([record], rendering, options) };
}

/** Says up to when the client knows everything. The kind has to be that of the events (K7.4). */
export function bookmark(until: Date, endsInitialEvents: boolean, { request }: Watch): unknown {
  const whole = {
    kind: CSR_RESOURCE.kind,
    apiVersion: CERTIFICATES_API_VERSION,
    metadata: {
      resourceVersion: String(until.getTime()),
      creationTimestamp: null,
      ...(endsInitialEvents ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
    },
    spec: { request: null, signerName: "" },
    status: {},
  };
  return { type: "BOOKMARK", object: request.acceptance.isPartial ? partialObject(whole) : whole };
}
