import * as z from "zod/mini";
import { object, type Answer } from "./answer.ts";
import type { Caller } from "./caller.ts";
import { objectBody, optionalObjectBody } from "./object-body.ts";
import { assertKind } from "./object-schema.ts";
import type { KubernetesRequest } from "./request.ts";
import { CERTIFICATES_GROUP } from "./resources.ts";
import { badRequest } from "./status.ts";

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

type Attributes = NonNullable<z.output<typeof reviewSchema>["spec"]["resourceAttributes"]>;

/** `kubectl auth can-i`: what this server lets the caller do, by the same rules that it goes by. */
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
  const allowed = resourceAttributes ? mayAccess(caller, resourceAttributes) : nonResourceAttributes?.verb === "get";
  return object(201, {
    kind: "SelfSubjectAccessReview",
    apiVersion: "authorization.k8s.io/v1",
    metadata: { creationTimestamp: null },
    spec,
    status: { allowed, ...(allowed ? {} : { reason: "no rule of this server allows it" }) },
  });
}

const OWN_VERBS = ["create", "get", "list", "watch"];
const ADMINISTRATOR_VERBS = [...OWN_VERBS, "delete", "patch", "update"];
const SECRET_VERBS = ["create", "delete", "get", "list", "patch", "update"];

function mayAccess({ kind }: Caller, { group, resource, subresource, verb, namespace }: Attributes): boolean {
  const isAdministrator = kind === "administrator";
  const wanted = verb ?? "";
  if (group === CERTIFICATES_GROUP && resource === "signers") return isAdministrator && wanted === "approve";
  if (group === CERTIFICATES_GROUP && resource === "certificatesigningrequests") {
    if (subresource === "approval") return isAdministrator && ["get", "patch", "update"].includes(wanted);
    if (subresource === "status") return isAdministrator && wanted === "get";
    if (subresource) return false;
    return (isAdministrator ? ADMINISTRATOR_VERBS : kind === "anonymous" ? [] : OWN_VERBS).includes(wanted);
  }
  if (!group && resource === "secrets")
    return isAdministrator && namespace === "kube-system" && SECRET_VERBS.includes(wanted);
  return !group && resource === "configmaps" && namespace === "kube-public" && wanted === "get";
}
