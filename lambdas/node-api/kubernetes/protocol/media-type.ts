/** One range of the `Accept` header. Parameters are compared one by one, not by the spelling of the whole (K9.1). */
interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

export interface Acceptance {
  /** The version of meta.k8s.io of the Table that the client prefers to everything else. */
  readonly table: "v1" | "v1beta1" | undefined;
  /** Whether the client prefers the metadata of objects alone. */
  readonly isPartial: boolean;
  /** The version of apidiscovery.k8s.io in which the client accepts aggregated discovery. */
  readonly aggregatedDiscovery: "v2" | "v2beta1" | undefined;
  /** Whether plain JSON is accepted. Clients that only accept protobuf get no answer. */
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
  // The client's order counts: a Table after plain JSON is its second choice.
  const first = ranges.find((range) => isPlain(range) || isPartial(range) || tables.includes(range));
  return {
    isPartial: first !== undefined && isPartial(first),
    table: first !== undefined && !tables.includes(first) ? undefined : versionIn(tables, ["v1", "v1beta1"]),
    aggregatedDiscovery: versionIn(lists, ["v2", "v2beta1"]),
    acceptsJson: ranges.some((range) => isPlain(range) || isPartial(range)),
  };
}

/** The first version the client names that this server knows. */
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
