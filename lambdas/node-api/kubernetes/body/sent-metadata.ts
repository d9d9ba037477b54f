import type { ObjectMetadata } from "../../../../core/ledger/issuance-record.ts";
import { NOT_SIGNED_ANNOTATION } from "../protocol/annotations.ts";
import type { SentMetadata } from "./object-schema.ts";

/** What a client sent, without what the service itself had shown it. */
export function annotationsToStore(metadata: SentMetadata | undefined): Readonly<Record<string, string>> {
  const sent = Object.entries(metadata?.annotations ?? {});
  return Object.fromEntries(sent.filter(([key]) => key !== NOT_SIGNED_ANNOTATION));
}

/** The part of the sent metadata that is stored. Undefined when there is none. */
export function objectMetadataOf(metadata: SentMetadata | undefined, at: Date): ObjectMetadata | undefined {
  const labels = metadata?.labels ?? {};
  const annotations = annotationsToStore(metadata);
  return isEmpty(labels) && isEmpty(annotations) ? undefined : { labels, annotations, at };
}

export function isSameMetadata(stored: ObjectMetadata | undefined, sent: SentMetadata | undefined): boolean {
  return (
    sorted(stored?.labels) === sorted(sent?.labels ?? undefined) &&
    sorted(stored?.annotations) === sorted(annotationsToStore(sent))
  );
}

function sorted(map: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify(Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function isEmpty(map: Readonly<Record<string, string>>): boolean {
  return Object.keys(map).length === 0;
}
