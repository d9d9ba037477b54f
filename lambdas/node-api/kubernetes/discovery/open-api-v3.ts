import { CERTIFICATES_API_VERSION, CSR_RESOURCE, SECRET_RESOURCE } from "../protocol/resources.ts";
import type { Resource } from "../protocol/status.ts";

/** Clients keep a document as long as its hash stays the same: change it with the document. */
const DOCUMENT_HASH = "2";

export function openApiIndex(): unknown {
  const entries = Object.keys(DOCUMENTS).map((path): [string, unknown] => [
    path,
    { serverRelativeURL: `/openapi/v3/${path}?hash=${DOCUMENT_HASH}` },
  ]);
  return { paths: Object.fromEntries(entries) };
}

/**
 * Enough for `kubectl create`, `apply` and `explain` (K9.3). A patch operation that takes `fieldValidation` makes
 * kubectl leave validation to the server. Undefined for any other document.
 */
export function openApiDocument(path: string): unknown {
  if (!Object.hasOwn(DOCUMENTS, path)) return undefined;
  const described = DOCUMENTS[path];
  return described === undefined ? undefined : documentOf(described);
}

interface Described {
  readonly resource: Resource;
  readonly collection: string;
  readonly schemaName: string;
  readonly schema: unknown;
}

function documentOf({ resource, collection, schemaName, schema }: Described): unknown {
  const { group, version, kind } = resource;
  const parameters = ["fieldValidation", "fieldManager", "dryRun"].map((name) => ({
    name,
    in: "query",
    schema: { type: "string" },
  }));
  const operation = (action: string): unknown => ({
    operationId: `${action}${kind}`,
    parameters,
    responses: {
      200: {
        description: "OK",
        content: { "application/json": { schema: { $ref: `#/components/schemas/${schemaName}` } } },
      },
    },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, version, kind },
  });
  return {
    openapi: "3.0.0",
    info: { title: "Nodeseal", version: "v1" },
    paths: {
      [collection]: { get: operation("list"), post: operation("post") },
      [`${collection}/{name}`]: {
        get: operation("get"),
        put: operation("put"),
        patch: operation("patch"),
        delete: operation("delete"),
      },
    },
    components: { schemas: { [schemaName]: schema } },
  };
}

const text = (description: string): unknown => ({ type: "string", description });
const texts = (description: string): unknown => ({
  type: "object",
  additionalProperties: { type: "string" },
  description,
});

const METADATA = {
  type: "object",
  description: "Standard object metadata.",
  properties: {
    name: text("Unique, and never changed."),
    generateName: text("Prefix of a generated name."),
    namespace: text("Only for resources that have namespaces."),
    uid: text("Filled by the server: unique to the object."),
    resourceVersion: text("Filled by the server: milliseconds of the last change."),
    creationTimestamp: text("Filled by the server."),
    labels: texts("Matched by selectors."),
    annotations: texts("Free text, kept for clients."),
  },
};

const CSR_SCHEMA = {
  type: "object",
  description: "A request for a certificate, from its creation to its approval or denial and its certificate.",
  required: ["spec"],
  "x-kubernetes-group-version-kind": [kindOf(CSR_RESOURCE)],
  properties: {
    apiVersion: text("certificates.k8s.io/v1"),
    kind: text("CertificateSigningRequest"),
    metadata: METADATA,
    spec: {
      type: "object",
      description: "The request. Immutable.",
      required: ["request", "signerName"],
      properties: {
        request: { type: "string", format: "byte", description: "PKCS#10 in PEM, in base64." },
        signerName: text("The signer, such as kubernetes.io/kube-apiserver-client-kubelet."),
        usages: { type: "array", items: { type: "string" }, description: "Key usages asked for." },
        expirationSeconds: { type: "integer", format: "int32", description: "Lifetime asked for, at least 600." },
        username: text("The requester. Filled by the server."),
        uid: text("Filled by the server."),
        groups: { type: "array", items: { type: "string" }, description: "Filled by the server." },
      },
    },
    status: {
      type: "object",
      description: "The result.",
      properties: {
        conditions: {
          type: "array",
          items: {
            type: "object",
            properties: {
              type: text("Approved, Denied or Failed."),
              status: text("True."),
              reason: text("In one word."),
              message: text("For people."),
              lastUpdateTime: text("When it was set."),
              lastTransitionTime: text("Same as lastUpdateTime: conditions never change."),
            },
          },
        },
        certificate: { type: "string", format: "byte", description: "The certificate in PEM, in base64." },
      },
    },
  },
};

const SECRET_SCHEMA = {
  type: "object",
  description: "A bootstrap token. Nothing else is kept here.",
  "x-kubernetes-group-version-kind": [kindOf(SECRET_RESOURCE)],
  properties: {
    apiVersion: text("v1"),
    kind: text("Secret"),
    metadata: METADATA,
    type: text("bootstrap.kubernetes.io/token"),
    data: texts(
      "token-id, token-secret (shown on creation only), expiration, description, auth-extra-groups, usage-bootstrap-*; in base64.",
    ),
    stringData: texts("The same as plain text."),
  },
};

function kindOf({ group, version, kind }: Resource) {
  return { group, version, kind };
}

/** Documents by path under `/openapi/v3/`. */
const DOCUMENTS: Readonly<Record<string, Described>> = {
  [`apis/${CERTIFICATES_API_VERSION}`]: {
    resource: CSR_RESOURCE,
    collection: "/apis/certificates.k8s.io/v1/certificatesigningrequests",
    schemaName: "io.k8s.api.certificates.v1.CertificateSigningRequest",
    schema: CSR_SCHEMA,
  },
  "api/v1": {
    resource: SECRET_RESOURCE,
    collection: "/api/v1/namespaces/{namespace}/secrets",
    schemaName: "io.k8s.api.core.v1.Secret",
    schema: SECRET_SCHEMA,
  },
};
