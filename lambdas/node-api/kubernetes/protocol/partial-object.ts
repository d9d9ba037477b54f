/** Objects with their metadata only, for clients that need no more (metadata informers, K12.2). */

const API_VERSION = "meta.k8s.io/v1";

export function partialObject({ metadata }: { readonly metadata: unknown }) {
  return { kind: "PartialObjectMetadata", apiVersion: API_VERSION, metadata };
}

export function partialList(metadata: unknown, objects: readonly { readonly metadata: unknown }[]) {
  return { kind: "PartialObjectMetadataList", apiVersion: API_VERSION, metadata, items: objects.map(partialObject) };
}
