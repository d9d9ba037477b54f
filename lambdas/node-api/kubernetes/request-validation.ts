import { parseCertificateRequestPem, type CertificateRequest } from "../../../core/certificate-request.ts";
import { USAGE_NAMES } from "../../../core/key-usage.ts";
import { RefusalError } from "../../../core/refusal.ts";
import { faultOfObjectName } from "../../../core/request-name.ts";
import { MIN_LIFETIME_SECONDS } from "../../../core/validity.ts";
import type { SentMetadata, SentRequest } from "./object-schema.ts";
import { base64Member } from "./object-body.ts";
import { CSR_RESOURCE } from "./resources.ts";
import { faultsOfSignerName } from "./signer-name.ts";
import { invalid, type FieldCause } from "./status.ts";

/** A spec that passed what kube-apiserver checks on creation (K3.3). */
export interface ValidSpec {
  readonly csr: CertificateRequest;
  readonly signerName: string;
  readonly usages: readonly string[];
  readonly lifetimeSeconds: number | undefined;
}

const MAX_INT32 = 2 ** 31 - 1;

/** @throws StatusError Invalid, naming every field at fault */
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

/** The first PEM block counts, whatever comes after it: attestations are carried there (K11.3). */
const FIRST_BLOCK = /-----BEGIN ([A-Z0-9 ]{1,64})-----[^-]*-----END \1-----/;

function requestOf(base64: string): CertificateRequest | FieldCause {
  const fault = (why: string): FieldCause => invalidValue("spec.request", "<request data>", why);
  const text = base64Member(base64, "spec.request").toString("latin1");
  const [block, label] = FIRST_BLOCK.exec(text) ?? [];
  if (block === undefined || label !== "CERTIFICATE REQUEST")
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

export function invalidValue(field: string, value: string, why: string): FieldCause {
  return { reason: "FieldValueInvalid", field, message: `Invalid value: ${value}: ${why}` };
}

const LABEL_KEY = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;
/** Kubernetes allows 256 KiB; a record has to fit a DynamoDB item together with its CSR and its certificate. */
const MAX_METADATA_BYTES = 16 * 1024;

/** Labels and annotations are kept; owner references and finalizers would promise what nobody here does. */
export function faultsOfMetadata(metadata: SentMetadata | undefined): readonly FieldCause[] {
  if (metadata === undefined) return [];
  const { name, generateName, namespace, labels, annotations, ownerReferences, finalizers } = metadata;
  const nameFault = name === null || name === undefined || name === "" ? undefined : faultOfObjectName(name);
  const prefixFault = generateName ? faultOfObjectName(`${generateName.slice(0, 58)}bcdfg`) : undefined;
  const size = Buffer.byteLength(JSON.stringify([labels ?? {}, annotations ?? {}]));
  const forbiddenHere = (field: string): FieldCause => ({
    reason: "FieldValueForbidden",
    field,
    message: "Forbidden: not supported by this server",
  });
  return [
    ...(nameFault === undefined ? [] : [invalidValue("metadata.name", JSON.stringify(name), nameFault)]),
    ...(prefixFault === undefined
      ? []
      : [invalidValue("metadata.generateName", JSON.stringify(generateName), prefixFault)]),
    ...(namespace ? [{ ...forbiddenHere("metadata.namespace"), message: "Forbidden: not allowed on this type" }] : []),
    ...Object.entries(labels ?? {}).flatMap(([key, value]) => faultsOfLabel(key, value)),
    ...(ownerReferences && ownerReferences.length > 0 ? [forbiddenHere("metadata.ownerReferences")] : []),
    ...(finalizers && finalizers.length > 0 ? [forbiddenHere("metadata.finalizers")] : []),
    ...(size <= MAX_METADATA_BYTES
      ? []
      : [
          {
            reason: "FieldValueTooLong" as const,
            field: "metadata.annotations",
            message: `Too long: may not be more than ${MAX_METADATA_BYTES} bytes together with the labels`,
          },
        ]),
  ];
}

function faultsOfLabel(key: string, value: string): readonly FieldCause[] {
  const field = "metadata.labels";
  if (!LABEL_KEY.test(key)) return [invalidValue(field, JSON.stringify(key.slice(0, 100)), "must be a qualified name")];
  if (LABEL_VALUE.test(value)) return [];
  return [invalidValue(field, JSON.stringify(value.slice(0, 100)), "must be a valid label value")];
}
