import type { ObjectMetadata } from "../../../../core/ledger/issuance-record.ts";
import type { SentMetadata } from "./object-schema.ts";

/** What is kept of the metadata a client sent; undefined when there is nothing to keep. */
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
