import { withHint } from "../../service/service-error.ts";

export const NODES_PATH = "/v1/admin/nodes";

export async function knownNode<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw withHint(error, "not_found", "nodeseal node list shows those there are");
  }
}
