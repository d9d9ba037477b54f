import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { CSR_RESOURCE, SECRET_RESOURCE } from "../protocol/resources.ts";
import { encodeMessage, type Message, type MessageFields } from "../body/protobuf.ts";
import type { KubernetesRequest } from "../protocol/request.ts";
import { unknownPath, type Resource } from "../protocol/status.ts";

/**
 * Before it creates anything, kubectl up to 1.28 asks for Swagger 2.0, in protobuf only. It must find a patch operation with
 * `fieldValidation` there, so that it leaves validation to the server.
 */
// As kube-apiserver answers. Clients accept a type with an "@", which no media type may contain.
const MEDIA_TYPE = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** `openapi.v2` of gnostic's OpenAPIv2.proto: only what is written here. */
const EXTENSION: MessageFields = {
  1: { name: "name", type: "string" },
  2: { name: "value", type: { 2: { name: "yaml", type: "string" } } },
};
const QUERY_PARAMETER: MessageFields = {
  2: { name: "in", type: "string" },
  4: { name: "name", type: "string" },
  6: { name: "type", type: "string" },
};
const NON_BODY_PARAMETER: MessageFields = { 3: { name: "query", type: QUERY_PARAMETER } };
const PARAMETER: MessageFields = {
  1: { name: "parameter", type: { 2: { name: "nonBody", type: NON_BODY_PARAMETER } } },
};
const OPERATION: MessageFields = {
  5: { name: "operationId", type: "string" },
  8: { name: "parameters", type: PARAMETER, isRepeated: true },
  13: { name: "extensions", type: EXTENSION, isRepeated: true },
};
const PATH: MessageFields = {
  1: { name: "name", type: "string" },
  2: { name: "item", type: { 8: { name: "patch", type: OPERATION } } },
};
const DOCUMENT: MessageFields = {
  1: { name: "swagger", type: "string" },
  2: { name: "info", type: { 1: { name: "title", type: "string" }, 2: { name: "version", type: "string" } } },
  8: { name: "paths", type: { 2: { name: "path", type: PATH, isRepeated: true } } },
};

/** @throws StatusError NotFound for clients that ask for JSON: newer ones use /openapi/v3 */
export function openApiV2({ event }: KubernetesRequest): APIGatewayProxyStructuredResultV2 {
  if (event.headers["accept"]?.includes("proto-openapi.spec.v2") !== true) throw unknownPath();
  const paths = [
    pathOf(CSR_RESOURCE, "/apis/certificates.k8s.io/v1/certificatesigningrequests/{name}"),
    pathOf(SECRET_RESOURCE, "/api/v1/namespaces/{namespace}/secrets/{name}"),
  ];
  const document = { swagger: "2.0", info: { title: "Nodeseal", version: "v1" }, paths: { path: paths } };
  return {
    statusCode: 200,
    headers: { "content-type": MEDIA_TYPE, "cache-control": "no-store" },
    body: Buffer.from(encodeMessage(document, DOCUMENT)).toString("base64"),
    isBase64Encoded: true,
  };
}

function pathOf({ group, version, kind }: Resource, name: string): Message {
  const query = (parameter: string): Message => ({
    parameter: { nonBody: { query: { in: "query", name: parameter, type: "string" } } },
  });
  return {
    name,
    item: {
      patch: {
        operationId: `patch${kind}`,
        parameters: ["fieldValidation", "fieldManager", "dryRun"].map(query),
        extensions: [
          {
            name: "x-kubernetes-group-version-kind",
            value: { yaml: `group: ${JSON.stringify(group)}\nversion: ${version}\nkind: ${kind}\n` },
          },
        ],
      },
    },
  };
}
