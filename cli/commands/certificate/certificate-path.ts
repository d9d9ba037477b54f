import { withHint } from "../../service/service-error.ts";

export const CERTIFICATES_PATH = "/v1/admin/certificates";

export async function knownCertificate<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw withHint(error, "not_found", "nodeseal cert list shows those there are");
  }
}
