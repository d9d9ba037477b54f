import { parseCertificateRequestPem, type CertificateRequest } from "../../../../core/csr/certificate-request.ts";
import { USAGE_NAMES } from "../../../../core/certificate/key-usage.ts";
import { RefusalError } from "../../../../core/refusal.ts";
import { MIN_LIFETIME_SECONDS } from "../../../../core/certificate/validity.ts";
import { faultsOfMetadata } from "../body/metadata-validation.ts";
import type { SentRequest } from "../body/object-schema.ts";
import { base64Member } from "../body/object-body.ts";
import { CSR_RESOURCE } from "../protocol/resources.ts";
import { faultsOfSignerName } from "./signer-name.ts";
import { invalid, invalidValue, type FieldCause } from "../protocol/status.ts";

/** A spec that passed kube-apiserver's checks on creation (K3.3). */
export interface ValidSpec {
  readonly csr: CertificateRequest;
  readonly signerName: string;
  readonly usages: readonly string[];
  readonly lifetimeSeconds: number | undefined;
}

const MAX_INT32 = 2 ** 31 - 1;

/** @throws StatusError Invalid, naming every wrong field */
export function validateSpec({ spec, metadata }: SentRequest, name: string): ValidSpec {
  const csr = requestOf(spec?.request ?? "");
  const signerName = spec?.signerName ?? "";
  const usages = spec?.usages ?? [];
  const seconds = spec?.expirationSeconds ?? undefined;
  const causes = [
    ...faultsOfMetadata(metadata ?? undefined),
    ...("reason" in csr ? [csr] : []),
    ...faultsOfUsages(usages),
    ...faultsOfSignerName(signerName),
    ...faultsOfExpiration(seconds),
  ];
  if (causes.length > 0 || "reason" in csr) throw invalid(CSR_RESOURCE, name, causes);
  return { csr, signerName, usages, lifetimeSeconds: seconds };
}

/** Only the first PEM block counts: attestations may follow it (K11.3). Text before it is skipped, as in Go. */
const FIRST_BLOCK = /-----BEGIN ([A-Z0-9 ]{1,64})-----[^-]*-----END \1-----/;

function requestOf(base64: string): CertificateRequest | FieldCause {
  const fault = (why: string): FieldCause => invalidValue("spec.request", "<request data>", why);
  const text = base64Member(base64, "spec.request").toString("latin1");
  const [block, label] = FIRST_BLOCK.exec(text) ?? [];
  if (block === undefined || label?.endsWith("CERTIFICATE REQUEST") !== true)
    return fault("PEM block type must be CERTIFICATE REQUEST");
  try {
    return parseCertificateRequestPem(block);
  } catch (error) {
    if (error instanceof RefusalError) return fault(error.message);
    throw error;
  }
}

function faultsOfUsages(usages: readonly string[]): readonly FieldCause[] {
  if (usages.length === 0) return [{ reason: "FieldValueRequired", field: "spec.usages", message: "Required value" }];
  const supported = [...USAGE_NAMES].sort().map((usage) => JSON.stringify(usage));
  return usages.flatMap((usage, index): FieldCause[] => {
    const field = `spec.usages[${index}]`;
    const value = JSON.stringify(usage.slice(0, 100));
    if (!USAGE_NAMES.includes(usage)) {
      const message = `Unsupported value: ${value}: supported values: ${supported.join(", ")}`;
      return [{ reason: "FieldValueNotSupported", field, message }];
    }
    if (usages.indexOf(usage) === index) return [];
    return [{ reason: "FieldValueDuplicate", field, message: `Duplicate value: ${value}` }];
  });
}

function faultsOfExpiration(seconds: number | undefined): readonly FieldCause[] {
  if (seconds === undefined) return [];
  const field = "spec.expirationSeconds";
  if (!Number.isInteger(seconds) || Math.abs(seconds) > MAX_INT32)
    return [invalidValue(field, String(seconds), "must be a 32-bit whole number")];
  if (seconds >= MIN_LIFETIME_SECONDS) return [];
  return [invalidValue(field, String(seconds), "may not specify a duration less than 600 seconds (10 minutes)")];
}
