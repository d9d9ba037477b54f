import * as z from "zod/mini";
import { object, type Answer } from "../protocol/answer.ts";
import type { Caller } from "../caller/caller.ts";
import { objectBody, optionalObjectBody } from "../body/object-body.ts";
import { assertKind } from "../body/object-schema.ts";
import type { KubernetesRequest } from "../protocol/request.ts";
import { CERTIFICATES_GROUP } from "../protocol/resources.ts";
import { badRequest } from "../protocol/status.ts";
import { TOKEN_NAMESPACE } from "../token/token-secret.ts";

/** `kubectl auth whoami`. */
export function selfSubjectReview({ identity }: Caller, request: KubernetesRequest): Answer {
  const body = optionalObjectBody(request);
  if (body !== undefined)
    assertKind(body.object, { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" });
  const { username, groups } = identity;
  return object(201, {
    kind: "SelfSubjectReview",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { creationTimestamp: null },
    status: { userInfo: { username, groups } },
  });
}

const text = z.nullish(z.string());
const reviewSchema = z.looseObject({
  spec: z.looseObject({
    resourceAttributes: z.nullish(
      z.looseObject({ verb: text, group: text, resource: text, subresource: text, name: text, namespace: text }),
    ),
    nonResourceAttributes: z.nullish(z.looseObject({ verb: text, path: text })),
  }),
});

type Spec = z.output<typeof reviewSchema>["spec"];
type Attributes = NonNullable<Spec["resourceAttributes"]>;
type PathAttributes = NonNullable<Spec["nonResourceAttributes"]>;

/** `kubectl auth can-i`: what this server lets the caller do, by the rules it applies itself. */
export function selfSubjectAccessReview(caller: Caller, request: KubernetesRequest): Answer {
  const { object: sent } = objectBody(request);
  assertKind(sent, { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview" });
  const review = z.safeParse(reviewSchema, sent);
  if (!review.success)
    throw badRequest("a SelfSubjectAccessReview must have a spec with resource or non-resource attributes");
  const { spec } = review.data;
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (!resourceAttributes === !nonResourceAttributes)
    throw badRequest("exactly one of resourceAttributes and nonResourceAttributes must be given");
  const allowed = resourceAttributes
    ? mayAccess(caller, resourceAttributes)
    : mayGet(nonResourceAttributes ?? undefined);
  return object(201, {
    kind: "SelfSubjectAccessReview",
    apiVersion: "authorization.k8s.io/v1",
    metadata: { creationTimestamp: null },
    spec,
    status: { allowed, ...(allowed ? {} : { reason: "no rule of this server allows it" }) },
  });
}

/** The paths that anybody may GET. */
const PATHS = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi/*", "/readyz", "/version"];

const OWN_VERBS = ["create", "get", "list", "watch"];
const ADMINISTRATOR_VERBS = [...OWN_VERBS, "delete", "patch", "update"];
const SECRET_VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"];
const UPDATE_VERBS = ["get", "patch", "update"];

interface Rule {
  readonly group: string;
  /** With its subresource, as in RBAC. */
  readonly resource: string;
  /** Undefined: all namespaces, and resources without a namespace. */
  readonly namespace?: string;
  readonly verbs: readonly string[];
}

/** Kubernetes' `system:basic-user`: every authenticated caller may ask about itself. */
const REVIEWS = [
  { group: "authentication.k8s.io", resource: "selfsubjectreviews" },
  { group: "authorization.k8s.io", resource: "selfsubjectaccessreviews" },
  { group: "authorization.k8s.io", resource: "selfsubjectrulesreviews" },
];

/** What a caller may do. Callers that are not administrators may do it to their own objects only. */
function rulesOf({ kind }: Caller): readonly Rule[] {
  const requests = { group: CERTIFICATES_GROUP, resource: "certificatesigningrequests" };
  const anybody = [{ group: "", resource: "configmaps", namespace: "kube-public", verbs: ["get"] }];
  if (kind === "anonymous") return anybody;
  const everybody = [...anybody, ...REVIEWS.map((review) => ({ ...review, verbs: ["create"] }))];
  const approval = { group: CERTIFICATES_GROUP, resource: "certificatesigningrequests/approval" };
  const status = { group: CERTIFICATES_GROUP, resource: "certificatesigningrequests/status" };
  if (kind !== "administrator")
    return [
      { ...requests, verbs: OWN_VERBS },
      { ...approval, verbs: ["get"] },
      { ...status, verbs: ["get"] },
      ...everybody,
    ];
  return [
    { ...requests, verbs: ADMINISTRATOR_VERBS },
    { ...approval, verbs: UPDATE_VERBS },
    { ...status, verbs: ["get"] },
    { group: CERTIFICATES_GROUP, resource: "signers", verbs: ["approve"] },
    { group: "", resource: "secrets", namespace: TOKEN_NAMESPACE, verbs: SECRET_VERBS },
    ...everybody,
  ];
}

function mayAccess(caller: Caller, attributes: Attributes): boolean {
  const { subresource, verb, namespace } = attributes;
  const { group, resource } = groupedResource(attributes);
  const wanted = subresource ? `${resource}/${subresource}` : resource;
  return rulesOf(caller).some(
    (rule) =>
      rule.group === group &&
      rule.resource === wanted &&
      (rule.namespace === undefined || rule.namespace === namespace) &&
      rule.verbs.includes(verb ?? ""),
  );
}

/** kubectl asks for what discovery does not list, such as `signers`, by its name with the group behind it. */
function groupedResource({ group, resource }: Attributes): { group: string; resource: string } {
  const whole = resource ?? "";
  const dot = whole.indexOf(".");
  if (dot < 0 || (group ?? "") !== "") return { group: group ?? "", resource: whole };
  return { group: whole.slice(dot + 1), resource: whole.slice(0, dot) };
}

function mayGet({ verb, path }: Partial<PathAttributes> = {}): boolean {
  const isKnown = PATHS.some((known) =>
    known.endsWith("*") ? path?.startsWith(known.slice(0, -1)) === true : path === known,
  );
  return verb === "get" && isKnown;
}

const rulesReviewSchema = z.looseObject({ spec: z.nullish(z.looseObject({ namespace: text })) });

/** `kubectl auth can-i --list`. */
export function selfSubjectRulesReview(caller: Caller, request: KubernetesRequest): Answer {
  const { object: sent } = objectBody(request);
  assertKind(sent, { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview" });
  const review = z.safeParse(rulesReviewSchema, sent);
  if (!review.success) throw badRequest("the spec of a SelfSubjectRulesReview must have a namespace in text");
  const asked = review.data.spec?.namespace ?? "";
  const rules = rulesOf(caller).filter(({ namespace }) => namespace === undefined || namespace === asked);
  return object(201, {
    kind: "SelfSubjectRulesReview",
    apiVersion: "authorization.k8s.io/v1",
    metadata: { creationTimestamp: null },
    spec: {},
    status: {
      resourceRules: rules.map(({ group, resource, verbs }) => ({ verbs, apiGroups: [group], resources: [resource] })),
      nonResourceRules: [{ verbs: ["get"], nonResourceURLs: PATHS }],
      incomplete: false,
    },
  });
}
