import { TAG, type Der } from "../asn1/der.ts";
import {
  bitString,
  contextConstructed,
  contextPrimitive,
  encodeDer,
  octetString,
  sequence,
} from "../asn1/der-writer.ts";
import { objectIdentifier, OID } from "../asn1/object-identifier.ts";
import { extension } from "../certificate/extension.ts";
import type { SignatureAlgorithm } from "../keys/signature-algorithm.ts";
import type { RevocationReason } from "../ledger/issuance-record.ts";
import { REASON_CODES } from "../revocation/revocation-list.ts";
import type { CertId } from "./ocsp-request.ts";

export type CertificateStatus =
  | { readonly status: "good" }
  | { readonly status: "unknown" }
  | { readonly status: "revoked"; readonly revokedAt: Date; readonly reason: RevocationReason };

/** RFC 6960 section 4.2.1: why there is no answer. */
const FAILURES = { malformedRequest: 1, internalError: 2, tryLater: 3, unauthorized: 6 } as const;
export type OcspFailure = keyof typeof FAILURES;

/** An unsigned OCSPResponse that says why there is none. */
export function ocspFailure(failure: OcspFailure): Der {
  return sequence(encodeDer(TAG.enumerated, Uint8Array.of(FAILURES[failure])));
}

export interface ResponseFields {
  /** SHA-1 of the responder's key bits: RFC 6960 section 4.2.1 says so, and nothing else. */
  readonly responderKeyHash: Der;
  readonly producedAt: Date;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly answers: readonly { readonly certId: CertId; readonly status: CertificateStatus }[];
  readonly nonce: Der | undefined;
}

const NONCE = objectIdentifier(OID.ocspNonce);

/** ResponseData (RFC 6960 section 4.2.1): what is signed. */
export function buildResponseData({ responderKeyHash, producedAt, answers, nonce, ...times }: ResponseFields): Der {
  return sequence(
    contextConstructed(2, octetString(responderKeyHash)),
    generalizedTime(producedAt),
    sequence(
      ...answers.map(({ certId, status }) =>
        sequence(
          certId.encoded,
          encodeStatus(status),
          generalizedTime(times.thisUpdate),
          contextConstructed(0, generalizedTime(times.nextUpdate)),
        ),
      ),
    ),
    ...(nonce === undefined ? [] : [contextConstructed(1, sequence(extension(NONCE, false, nonce)))]),
  );
}

const GOOD = contextPrimitive(0, new Uint8Array());
const UNKNOWN = contextPrimitive(2, new Uint8Array());

function encodeStatus(status: CertificateStatus): Der {
  if (status.status === "good") return GOOD;
  if (status.status === "unknown") return UNKNOWN;
  const code = REASON_CODES[status.reason];
  return contextConstructed(
    1,
    generalizedTime(status.revokedAt),
    // Zero says the same as nothing (RFC 5280 section 5.3.1).
    ...(code === 0 ? [] : [contextConstructed(0, encodeDer(TAG.enumerated, Uint8Array.of(code)))]),
  );
}

const SUCCESSFUL = encodeDer(TAG.enumerated, Uint8Array.of(0));
const BASIC_RESPONSE = objectIdentifier(OID.ocspBasicResponse);

/** An OCSPResponse with the responder's certificate: verifiers have it from nowhere else. */
export function assembleResponse(
  responseData: Der,
  { algorithmIdentifier }: SignatureAlgorithm,
  signature: Der,
  responderCertificate: Der,
): Der {
  const basic = sequence(
    responseData,
    algorithmIdentifier,
    bitString(signature),
    contextConstructed(0, sequence(responderCertificate)),
  );
  return sequence(SUCCESSFUL, contextConstructed(0, sequence(BASIC_RESPONSE, octetString(basic))));
}

/** Always GeneralizedTime here, unlike in certificates; whole seconds. */
function generalizedTime(at: Date): Der {
  const digits = at.toISOString().replace(/[-:T]|\.\d+/g, "");
  return encodeDer(TAG.generalizedTime, Buffer.from(digits, "latin1"));
}
