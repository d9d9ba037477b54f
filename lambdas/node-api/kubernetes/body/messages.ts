import type { MessageFields } from "./protobuf.ts";

/**
 * The messages that real clients send in protobuf. The field numbers are from Kubernetes' `generated.proto` files
 * (K3.1). Fields that are not used here are skipped.
 */

const TIME: MessageFields = { 1: { name: "seconds", type: "int64" }, 2: { name: "nanos", type: "int32" } };

const OBJECT_META: MessageFields = {
  1: { name: "name", type: "string" },
  2: { name: "generateName", type: "string" },
  3: { name: "namespace", type: "string" },
  5: { name: "uid", type: "string" },
  6: { name: "resourceVersion", type: "string" },
  8: { name: "creationTimestamp", type: TIME },
  11: { name: "labels", type: "map" },
  12: { name: "annotations", type: "map" },
};

const CONDITION: MessageFields = {
  1: { name: "type", type: "string" },
  2: { name: "reason", type: "string" },
  3: { name: "message", type: "string" },
  4: { name: "lastUpdateTime", type: TIME },
  5: { name: "lastTransitionTime", type: TIME },
  6: { name: "status", type: "string" },
};

const EXTRA_VALUE: MessageFields = { 1: { name: "items", type: "string", isRepeated: true } };

const CERTIFICATE_SIGNING_REQUEST: MessageFields = {
  1: { name: "metadata", type: OBJECT_META },
  2: {
    name: "spec",
    type: {
      1: { name: "request", type: "bytes" },
      2: { name: "username", type: "string" },
      3: { name: "uid", type: "string" },
      4: { name: "groups", type: "string", isRepeated: true },
      5: { name: "usages", type: "string", isRepeated: true },
      6: { name: "extra", type: "map", valueType: EXTRA_VALUE },
      7: { name: "signerName", type: "string" },
      8: { name: "expirationSeconds", type: "int32" },
    },
  },
  3: {
    name: "status",
    type: {
      1: { name: "conditions", type: CONDITION, isRepeated: true },
      2: { name: "certificate", type: "bytes" },
    },
  },
};

const SECRET: MessageFields = {
  1: { name: "metadata", type: OBJECT_META },
  2: { name: "data", type: "map", valueType: "bytes" },
  3: { name: "type", type: "string" },
  4: { name: "stringData", type: "map" },
};

const SELF_SUBJECT_ACCESS_REVIEW: MessageFields = {
  1: { name: "metadata", type: OBJECT_META },
  2: {
    name: "spec",
    type: {
      1: {
        name: "resourceAttributes",
        type: {
          1: { name: "namespace", type: "string" },
          2: { name: "verb", type: "string" },
          3: { name: "group", type: "string" },
          4: { name: "version", type: "string" },
          5: { name: "resource", type: "string" },
          6: { name: "subresource", type: "string" },
          7: { name: "name", type: "string" },
        },
      },
      2: {
        name: "nonResourceAttributes",
        type: { 1: { name: "path", type: "string" }, 2: { name: "verb", type: "string" } },
      },
    },
  },
};

const SELF_SUBJECT_REVIEW: MessageFields = { 1: { name: "metadata", type: OBJECT_META } };

const SELF_SUBJECT_RULES_REVIEW: MessageFields = {
  1: { name: "metadata", type: OBJECT_META },
  2: { name: "spec", type: { 1: { name: "namespace", type: "string" } } },
};

const DELETE_OPTIONS: MessageFields = {
  1: { name: "gracePeriodSeconds", type: "int64" },
  2: {
    name: "preconditions",
    type: { 1: { name: "uid", type: "string" }, 2: { name: "resourceVersion", type: "string" } },
  },
  4: { name: "propagationPolicy", type: "string" },
  5: { name: "dryRun", type: "string", isRepeated: true },
};

/** Messages by kind. */
export const MESSAGES: ReadonlyMap<string, MessageFields> = new Map([
  ["CertificateSigningRequest", CERTIFICATE_SIGNING_REQUEST],
  ["Secret", SECRET],
  ["SelfSubjectAccessReview", SELF_SUBJECT_ACCESS_REVIEW],
  ["SelfSubjectRulesReview", SELF_SUBJECT_RULES_REVIEW],
  ["SelfSubjectReview", SELF_SUBJECT_REVIEW],
  ["DeleteOptions", DELETE_OPTIONS],
]);

/** `runtime.Unknown`: the envelope of every protobuf body of Kubernetes, after four magic bytes. */
export const ENVELOPE: MessageFields = {
  1: {
    name: "typeMeta",
    type: { 1: { name: "apiVersion", type: "string" }, 2: { name: "kind", type: "string" } },
  },
  2: { name: "raw", type: "bytes" },
  3: { name: "contentEncoding", type: "string" },
  4: { name: "contentType", type: "string" },
};
