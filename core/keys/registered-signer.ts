import { createHash } from "node:crypto";
import { TAG, type Der } from "../asn1/der.ts";
import type { SignatureRegister, SignedKind } from "./signature-register.ts";
import type { Signer } from "./signer.ts";

export interface RegisteredSignerOptions {
  readonly signer: Signer;
  readonly register: SignatureRegister;
  readonly clock: () => Date;
  /** A UUID each time. */
  readonly newAttempt: () => string;
}

/**
 * A signer that notes each signature before it asks the key, and the key service's answer after it. For what has no
 * issuance record: so that each entry of CloudTrail can be matched to something the service meant to sign.
 */
export function registeredSigner({ signer, register, clock, newAttempt }: RegisteredSignerOptions): Signer {
  return {
    sign: async (keyArn, algorithm, message) => {
      const sha256 = createHash("sha256").update(message).digest("hex");
      const entry = { attempt: newAttempt(), at: clock(), keyArn, kind: kindOf(message), sha256 };
      await register.begin(entry);
      const signature = await signer.sign(keyArn, algorithm, message);
      if (signature.requestId !== undefined) await register.answer(entry, signature.requestId);
      return signature;
    },
  };
}

/**
 * By the first element: a TBSCertificate's is [0], its version (RFC 5280 section 4.1); a TBSCertList's is INTEGER 1 (section
 * 5.1), a CertificationRequestInfo's INTEGER 0 (RFC 2986 section 4.1). No more is parsed: a list has 100,000 elements.
 */
function kindOf(message: Der): SignedKind {
  const lengthOctet = message[1] ?? 0;
  const start = 2 + (lengthOctet < 0x80 ? 0 : lengthOctet & 0x7f);
  if (message[start] !== TAG.integer) return "certificate";
  return message[start + 2] === 0 ? "certificate-request" : "revocation-list";
}
