/** What a client can read, from its `Accept` header: parameters decide, not the spelling of the whole (K9.1). */
interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

export interface Acceptance {
  /** A Table of this version of meta.k8s.io before everything else. */
  readonly table: "v1" | "v1beta1" | undefined;
  /** The metadata of objects alone, before everything else. */
  readonly isPartial: boolean;
  /** Aggregated discovery of this version of apidiscovery.k8s.io. */
  readonly aggregatedDiscovery: "v2" | "v2beta1" | undefined;
  /** JSON as it is. Clients that only know protobuf have no answer from us. */
  readonly acceptsJson: boolean;
}

export const JSON_TYPE = "application/json";
export const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";

const PARTIAL_KINDS = ["PartialObjectMetadata", "PartialObjectMetadataList"];

export function acceptanceOf(accept: string | undefined): Acceptance {
  const ranges = (accept ?? "").split(",").map(rangeOf);
  const tables = ranges.filter(({ parameters }) => parameters.get("as") === "Table");
  const lists = ranges.filter(({ parameters }) => parameters.get("as") === "APIGroupDiscoveryList");
  const isPartial = ({ type, parameters }: MediaRange): boolean =>
    type === JSON_TYPE && PARTIAL_KINDS.includes(parameters.get("as") ?? "") && parameters.get("v") === "v1";
  const isPlain = ({ type, parameters }: MediaRange): boolean =>
    ["", "*/*", "application/*", JSON_TYPE].includes(type) && !parameters.has("as");
  // The client's order counts: a Table behind plain JSON is its second choice.
  const first = ranges.find((range) => isPlain(range) || isPartial(range) || tables.includes(range));
  return {
    isPartial: first !== undefined && isPartial(first),
    table: first !== undefined && !tables.includes(first) ? undefined : versionIn(tables, ["v1", "v1beta1"]),
    aggregatedDiscovery: versionIn(lists, ["v2", "v2beta1"]),
    acceptsJson: ranges.some((range) => isPlain(range) || isPartial(range)),
  };
}

/** The first one the client names that we know. */
function versionIn<const V extends string>(ranges: readonly MediaRange[], known: readonly V[]): V | undefined {
  const wanted = ranges.map(({ parameters }) => parameters.get("v"));
  return wanted
    .map((version) => known.find((candidate) => candidate === version))
    .find((version) => version !== undefined);
}

function rangeOf(text: string): MediaRange {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim());
  return {
    type: type.toLowerCase(),
    parameters: new Map(
      parameters.map((parameter) => {
        const at = parameter.indexOf("=");
        return at < 0 ? [parameter, ""] : [parameter.slice(0, at), parameter.slice(at + 1)];
      }),
    ),
  };
}
