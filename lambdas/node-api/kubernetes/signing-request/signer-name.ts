import type { FieldCause } from "../protocol/status.ts";

const FIELD = "spec.signerName";
/** 253 for the domain, the slash, 317 for the path (K3.3). */
const MAX_CHARACTERS = 571;
const MAX_DOMAIN_CHARACTERS = 253;
const LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
const DOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})+$`);
const PATH = new RegExp(`^${LABEL}(\\.${LABEL})*$`);

const DOMAIN_FAULT = "should be a domain with at least two segments separated by dots";

/** Checks the form of a signer name, as kube-apiserver does. Policy decides whether this service signs for it. */
export function faultsOfSignerName(signerName: string): readonly FieldCause[] {
  if (signerName === "") return [{ reason: "FieldValueRequired", field: FIELD, message: "Required value" }];
  const fault = faultOf(signerName);
  if (fault === undefined) return [];
  // For an invalid domain only the domain is shown, as kube-apiserver does.
  const shown = fault === DOMAIN_FAULT ? (signerName.split("/")[0] ?? "") : signerName;
  const value = JSON.stringify(shown.slice(0, MAX_CHARACTERS));
  return [{ reason: "FieldValueInvalid", field: FIELD, message: `Invalid value: ${value}: ${fault}` }];
}

function faultOf(signerName: string): string | undefined {
  if (signerName.length > MAX_CHARACTERS) return `must be no more than ${MAX_CHARACTERS} characters`;
  const [domain = "", path, ...rest] = signerName.split("/");
  if (path === undefined || rest.length > 0 || path === "")
    return "must be a fully qualified domain and path of the form 'example.com/signer-name'";
  if (domain.length > MAX_DOMAIN_CHARACTERS || !DOMAIN.test(domain)) return DOMAIN_FAULT;
  if (!PATH.test(path))
    return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'";
  if (signerName === "kubernetes.io/legacy-unknown") return "the legacy signerName is not allowed via this API version";
  return undefined;
}
