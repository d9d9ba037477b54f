import { withHint } from "../../service/service-error.ts";

export const REQUESTS_PATH = "/v1/admin/requests";

export async function knownRequest<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw withHint(error, "not_found", "nodeseal csr list shows those there are");
  }
}
