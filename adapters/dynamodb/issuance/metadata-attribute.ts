import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { ObjectMetadata } from "../../../core/ledger/issuance-record.ts";
import { map, mapOf, text, textOf, time, timeOf, type Item } from "../attribute.ts";

/** Labels and annotations as a map of texts each: their keys are no attribute names, so nothing has to be escaped. */
export function metadataAttribute({ labels, annotations, at }: ObjectMetadata): AttributeValue {
  return map({ l: textMap(labels), a: textMap(annotations), at: time(at) });
}

export function metadataOf(item: Item): ObjectMetadata {
  const metadata = mapOf(item, "m");
  return { labels: textsByKey(metadata, "l"), annotations: textsByKey(metadata, "a"), at: timeOf(metadata, "at") };
}

function textMap(texts: Readonly<Record<string, string>>): AttributeValue {
  return map(Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, text(value)])));
}

function textsByKey(metadata: Item, name: string): Readonly<Record<string, string>> {
  const texts = mapOf(metadata, name);
  return Object.fromEntries(Object.keys(texts).map((key) => [key, textOf(texts, key)]));
}
