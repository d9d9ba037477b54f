import { CERTIFICATES_GROUP } from "../protocol/resources.ts";

/** The API groups and resources, for `kubectl`'s discovery (K9.1, K12.2): legacy documents and the aggregated one. */

interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
}

interface DiscoveredResource {
  readonly group: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly subresources: readonly Subresource[];
}

const RESOURCES: readonly DiscoveredResource[] = [
  {
    group: CERTIFICATES_GROUP,
    plural: "certificatesigningrequests",
    singular: "certificatesigningrequest",
    kind: "CertificateSigningRequest",
    isNamespaced: false,
    verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
    shortNames: ["csr"],
    subresources: [
      { name: "approval", verbs: ["get", "patch", "update"] },
      { name: "status", verbs: ["get", "patch", "update"] },
    ],
  },
  createOnly("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
  createOnly("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
  createOnly("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
  {
    group: "",
    plural: "configmaps",
    singular: "configmap",
    kind: "ConfigMap",
    isNamespaced: true,
    verbs: ["get"],
    shortNames: ["cm"],
    subresources: [],
  },
  {
    group: "",
    plural: "secrets",
    singular: "secret",
    kind: "Secret",
    isNamespaced: true,
    verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
    shortNames: [],
    subresources: [],
  },
];

function createOnly(group: string, plural: string, kind: string): DiscoveredResource {
  return {
    group,
    plural,
    singular: kind.toLowerCase(),
    kind,
    isNamespaced: false,
    verbs: ["create"],
    shortNames: [],
    subresources: [],
  };
}

const GROUPS: readonly string[] = [...new Set(RESOURCES.map(({ group }) => group))].filter((group) => group !== "");

export function apiVersions(serverAddress: string): unknown {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
  };
}

export function apiGroupList(): unknown {
  return { kind: "APIGroupList", apiVersion: "v1", groups: GROUPS.map(groupEntry) };
}

/** Undefined when there is no such group. */
export function apiGroup(group: string): unknown {
  return GROUPS.includes(group) ? { kind: "APIGroup", apiVersion: "v1", ...groupEntry(group) } : undefined;
}

function groupEntry(name: string) {
  const version = { groupVersion: `${name}/v1`, version: "v1" };
  return { name, versions: [version], preferredVersion: version };
}

/** Undefined when there is no such group and version. The core group has the empty name. */
export function apiResourceList(group: string, version: string): unknown {
  const resources = RESOURCES.filter((resource) => resource.group === group);
  if (resources.length === 0 || version !== "v1") return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: group === "" ? "v1" : `${group}/v1`,
    resources: resources.flatMap(legacyEntries),
  };
}

function legacyEntries({ plural, singular, kind, isNamespaced, verbs, shortNames, subresources }: DiscoveredResource) {
  const common = { namespaced: isNamespaced, kind };
  const names = shortNames.length === 0 ? {} : { shortNames };
  return [
    { name: plural, singularName: singular, ...common, verbs, ...names },
    ...subresources.map((subresource) => ({
      name: `${plural}/${subresource.name}`,
      singularName: "",
      ...common,
      verbs: subresource.verbs,
    })),
  ];
}

/** The core group for `/api`, the named ones for `/apis`. */
export function aggregatedDiscovery(version: "v2" | "v2beta1", root: "/api" | "/apis"): unknown {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: (root === "/api" ? [""] : GROUPS).map((group) => ({
      metadata: group === "" ? { creationTimestamp: null } : { name: group, creationTimestamp: null },
      versions: [
        {
          version: "v1",
          freshness: "Current",
          resources: RESOURCES.filter((resource) => resource.group === group).map(aggregatedEntry),
        },
      ],
    })),
  };
}

/** The content type that confirms to the client which version it got. */
export function aggregatedContentType(version: "v2" | "v2beta1"): string {
  return `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
}

function aggregatedEntry({
  group,
  plural,
  singular,
  kind,
  isNamespaced,
  verbs,
  shortNames,
  subresources,
}: DiscoveredResource) {
  const responseKind = { group, version: "v1", kind };
  return {
    resource: plural,
    responseKind,
    scope: isNamespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(subresources.length === 0
      ? {}
      : {
          subresources: subresources.map((subresource) => ({
            subresource: subresource.name,
            responseKind,
            verbs: subresource.verbs,
          })),
        }),
  };
}
