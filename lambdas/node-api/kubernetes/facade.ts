import { headOf, json, text } from "../../http/response.ts";
import type { Operation } from "../../http/http-function.ts";
import type { Observer } from "../../observer.ts";
import { object, withoutFinalSlash, type Answer } from "./protocol/answer.ts";
import { assertAuthenticated } from "./caller/authorization.ts";
import type { Caller } from "./caller/caller.ts";
import { assertStandingCaller } from "./caller/standing-caller.ts";
import {
  aggregatedContentType,
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
} from "./discovery/discovery.ts";
import { newestTokens, type NewestTokens } from "./token/newest-tokens.ts";
import { openApiV2 } from "./discovery/open-api-v2.ts";
import { openApiDocument, openApiIndex } from "./discovery/open-api-v3.ts";
import { isByForeignRoute } from "./own-route.ts";
import type { KubernetesRequest } from "./protocol/request.ts";
import { CERTIFICATES_GROUP, CSR_RESOURCE } from "./protocol/resources.ts";
import { requestOperation } from "./signing-request/routes.ts";
import { selfSubjectAccessReview, selfSubjectReview, selfSubjectRulesReview } from "./discovery/self-review.ts";
import type { KubernetesServices } from "./protocol/services.ts";
import { statusOperation } from "./status-operation.ts";
import { methodNotAllowed, unknownPath } from "./protocol/status.ts";
import { coreOperation } from "./core-routes.ts";
import { versionInfo } from "./discovery/version.ts";

/** Kubernetes' API on the node API's host: another translation over the same core (docs/kubernetes.md). */
export function kubernetesOperation(services: KubernetesServices, observer: Observer): Operation {
  const remembered = newestTokens(services.tokens, services.clock);
  return statusOperation(services, observer, async (caller, request) => {
    await assertStandingCaller(services, caller, request);
    const answered = await answer(services, remembered, request, caller);
    return request.method === "HEAD" ? headOf(answered) : answered;
  });
}

/** What a stock client of Kubernetes asks for begins with one of these; nothing of our own does. */
const ROOTS: readonly string[] = ["api", "apis", "version", "openapi", "livez", "readyz"];

export function isKubernetesPath(path: string): boolean {
  return ROOTS.includes(path.split("/", 2)[1] ?? "");
}

async function answer(
  services: KubernetesServices,
  remembered: NewestTokens,
  request: KubernetesRequest,
  caller: Caller,
): Promise<Answer> {
  if (isDocument(request)) return document(request);
  if (request.event.rawPath.endsWith("/")) return withoutFinalSlash(request);
  if (isByForeignRoute(request)) throw unknownPath();
  return request.segments[0] === "api"
    ? coreOperation(services, remembered, caller, request)
    : groupOperation(services, caller, request);
}

/**
 * What is the same for everybody: discovery, descriptions, health. A kube-apiserver answers there with and without a
 * slash at the end, and clients made from its description ask with one (`GET /version/`).
 */
function isDocument({ segments: [root, ...rest] }: KubernetesRequest): boolean {
  return root === "api" ? rest.length < 2 : root === "apis" ? rest.length < 3 : true;
}

function document(request: KubernetesRequest): Answer {
  const [root, ...rest] = request.segments;
  if (request.method !== "GET" && request.method !== "HEAD") throw methodNotAllowed("GET", "HEAD");
  switch (root) {
    case "version":
      if (rest.length > 0) throw unknownPath();
      return object(200, versionInfo());
    case "livez":
    case "readyz":
      // A kube-apiserver has a path for each check. There is one here.
      if (rest.length > 0 && rest.join("/") !== "ping") throw unknownPath();
      return text(200, "text/plain", "ok");
    case "openapi":
      return openApi(request, rest);
    case "api":
      return legacyRoot(request, rest);
    case "apis":
      return groupsRoot(request, rest);
    default:
      throw unknownPath();
  }
}

async function groupOperation(
  services: KubernetesServices,
  caller: Caller,
  request: KubernetesRequest,
): Promise<Answer> {
  const [, group, version, plural] = request.segments;
  if (version !== "v1") throw unknownPath();
  if (group === CERTIFICATES_GROUP && plural === CSR_RESOURCE.plural)
    return requestOperation(services, caller, request);
  if (request.segments.length !== 4) throw unknownPath();
  if (group === "authentication.k8s.io" && plural === "selfsubjectreviews")
    return onlyPost(request, caller, selfSubjectReview);
  if (group === "authorization.k8s.io" && plural === "selfsubjectaccessreviews")
    return onlyPost(request, caller, selfSubjectAccessReview);
  if (group === "authorization.k8s.io" && plural === "selfsubjectrulesreviews")
    return onlyPost(request, caller, selfSubjectRulesReview);
  throw unknownPath();
}

function onlyPost(
  request: KubernetesRequest,
  caller: Caller,
  make: (caller: Caller, request: KubernetesRequest) => Answer,
): Answer {
  if (request.method !== "POST") throw methodNotAllowed("POST");
  assertAuthenticated(caller);
  return make(caller, request);
}

/** `/api` and `/api/v1`. */
function legacyRoot(request: KubernetesRequest, [version]: readonly string[]): Answer {
  if (version !== undefined) return known(apiResourceList("", version));
  return aggregated(request, "/api") ?? object(200, apiVersions(request.event.requestContext.domainName));
}

/** `/apis`, `/apis/<group>` and `/apis/<group>/<version>`. */
function groupsRoot(request: KubernetesRequest, [group, version]: readonly string[]): Answer {
  if (group === undefined) return aggregated(request, "/apis") ?? object(200, apiGroupList());
  return known(version === undefined ? apiGroup(group) : apiResourceList(group, version));
}

function aggregated({ acceptance }: KubernetesRequest, root: "/api" | "/apis"): Answer | undefined {
  const version = acceptance.aggregatedDiscovery;
  if (version === undefined) return undefined;
  return json(200, aggregatedDiscovery(version, root), { "content-type": aggregatedContentType(version) });
}

function openApi(request: KubernetesRequest, [version, ...path]: readonly string[]): Answer {
  if (version === "v2" && path.length === 0) return openApiV2(request);
  if (version !== "v3") throw unknownPath();
  return known(path.length === 0 ? openApiIndex() : openApiDocument(path.join("/")));
}

function known(document: unknown): Answer {
  if (document === undefined) throw unknownPath();
  return object(200, document);
}
