import type { Resource } from "./status.ts";

export const CERTIFICATES_GROUP = "certificates.k8s.io";
export const CERTIFICATES_API_VERSION = "certificates.k8s.io/v1";

export const CSR_RESOURCE: Resource = {
  group: CERTIFICATES_GROUP,
  version: "v1",
  plural: "certificatesigningrequests",
  kind: "CertificateSigningRequest",
};

export const SECRET_RESOURCE: Resource = { group: "", version: "v1", plural: "secrets", kind: "Secret" };
export const CONFIG_MAP_RESOURCE: Resource = { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap" };

/** The options of a request, for messages about what is wrong with them. */
export function metaOptions(kind: string): Resource {
  return { group: "meta.k8s.io", version: "v1", plural: "", kind };
}
