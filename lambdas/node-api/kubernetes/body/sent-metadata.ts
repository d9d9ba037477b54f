import type { ObjectMetadata } from "../../../../core/ledger/issuance-record.ts";
import type { SentMetadata } from "./object-schema.ts";

/** The part of the sent metadata that is stored. Undefined when there is none. */
export function objectMetadataOf(metadata: SentMetadata | undefined, at: Date): ObjectMetadata | undefined {
  const labels = metadata?.labels ?? {};
  const annotations = metadata?.annotations ?? {};
  return isEmpty(labels) && isEmpty(annotations) ? undefined : { labels, annotations, at };
}

export function isSameMetadata(stored: ObjectMetadata | undefined, sent: SentMetadata | undefined): boolean {
  return (
    sorted(stored?.labels) === sorted(sent?.labels ?? undefined) &&
    sorted(stored?.annotations) === sorted(sent?.annotations ?? undefined)
  );
}

function sorted(map: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify(Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function isEmpty(map: Readonly<Record<string, string>>): boolean {
  return Object.keys(map).length === 0;
}
