import { CERTIFICATES_API_VERSION, CSR_RESOURCE } from "./resources.ts";

const DOCUMENT_PATH = `apis/${CERTIFICATES_API_VERSION}`;

/** Clients keep the document as long as its hash stays: change it with the document. */
const DOCUMENT_HASH = "1";

export function openApiIndex(): unknown {
  return { paths: { [DOCUMENT_PATH]: { serverRelativeURL: `/openapi/v3/${DOCUMENT_PATH}?hash=${DOCUMENT_HASH}` } } };
}

const KIND = { group: CSR_RESOURCE.group, version: CSR_RESOURCE.version, kind: CSR_RESOURCE.kind };

const text = (description: string): unknown => ({ type: "string", description });

/**
 * Enough for `kubectl create`, `apply` and `explain` (K9.3): a patch operation that takes `fieldValidation` makes kubectl
 * leave validation to us. Undefined for any other document.
 */
export function openApiDocument(path: string): unknown {
  if (path !== DOCUMENT_PATH) return undefined;
  const schemaName = "io.k8s.api.certificates.v1.CertificateSigningRequest";
  const parameters = ["fieldValidation", "fieldManager", "dryRun"].map((name) => ({
    name,
    in: "query",
    schema: { type: "string" },
  }));
  const operation = (action: string): unknown => ({
    operationId: `${action}CertificatesV1CertificateSigningRequest`,
    parameters,
    responses: {
      200: {
        description: "OK",
        content: { "application/json": { schema: { $ref: `#/components/schemas/${schemaName}` } } },
      },
    },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": KIND,
  });
  return {
    openapi: "3.0.0",
    info: { title: "Nodeseal", version: "v1" },
    paths: {
      "/apis/certificates.k8s.io/v1/certificatesigningrequests": { get: operation("list"), post: operation("post") },
      "/apis/certificates.k8s.io/v1/certificatesigningrequests/{name}": {
        get: operation("get"),
        patch: operation("patch"),
        delete: operation("delete"),
      },
    },
    components: { schemas: { [schemaName]: CSR_SCHEMA } },
  };
}

const CSR_SCHEMA = {
  type: "object",
  description: "A request for a certificate, from its creation to its approval or denial and its certificate.",
  required: ["spec"],
  "x-kubernetes-group-version-kind": [KIND],
  properties: {
    apiVersion: text("certificates.k8s.io/v1"),
    kind: text("CertificateSigningRequest"),
    metadata: { type: "object", description: "Standard object metadata: name, generateName, labels, annotations." },
    spec: {
      type: "object",
      description: "What is asked for. Immutable.",
      required: ["request", "signerName"],
      properties: {
        request: { type: "string", format: "byte", description: "PKCS#10 in PEM, in base64." },
        signerName: text("Who is to sign, such as kubernetes.io/kube-apiserver-client-kubelet."),
        usages: { type: "array", items: { type: "string" }, description: "Key usages asked for." },
        expirationSeconds: { type: "integer", format: "int32", description: "Lifetime asked for, at least 600." },
        username: text("Who asked, filled by the server."),
        uid: text("Filled by the server."),
        groups: { type: "array", items: { type: "string" }, description: "Filled by the server." },
      },
    },
    status: {
      type: "object",
      description: "What came of it.",
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
            },
          },
        },
        certificate: { type: "string", format: "byte", description: "The certificate in PEM, in base64." },
      },
    },
  },
};
