import { certificateText } from "../output/certificate-text.ts";
import { OperatorError } from "../program/operator-error.ts";

/** Prints every field of the certificates in the service's answer. @throws OperatorError when they cannot be read */
export async function certificateInText(pem: string): Promise<string> {
  try {
    return await certificateText(pem);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(
      `the answer's certificate cannot be read by @peculiar/x509: ${reason}; leave out --text, and try openssl x509 -text`,
      { cause },
    );
  }
}
