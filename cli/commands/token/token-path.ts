import { withHint } from "../../service/service-error.ts";

export const TOKENS_PATH = "/v1/admin/tokens";

/** Says what helps where there is no such token. */
export async function knownToken<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw withHint(error, "not_found", "nodeseal token list shows those there are");
  }
}
