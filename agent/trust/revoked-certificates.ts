import { parseJsonObject } from "../../core/input/json-object.ts";
import { AgentError } from "../program/agent-error.ts";
import type { ServiceClient } from "../service/service-client.ts";
import { ServiceError } from "../service/service-error.ts";

/** Ten thousand fingerprints take 700 KB. */
const MOST_BYTES = 1024 * 1024;
const FINGERPRINT = /^[0-9a-f]{64}$/;

/** SHA-256 of the client certificates that are revoked, sorted. @throws AgentError; ConnectionError, ServiceError */
export async function fetchRevoked(client: ServiceClient): Promise<readonly string[]> {
  const found: unknown = parseJsonObject(await answerOf(client))?.["sha256"];
  if (!Array.isArray(found) || !found.every(isFingerprint))
    throw new AgentError("the service's answer does not say which certificates are revoked");
  return [...new Set(found)].sort();
}

async function answerOf(client: ServiceClient): Promise<string> {
  try {
    return await client.document("v1/revoked-certificates", { accept: "application/json", mostBytes: MOST_BYTES });
  } catch (error) {
    if (!(error instanceof ServiceError) || error.status !== 404) throw error;
    throw new AgentError(
      "the service does not say which certificates are revoked: it has no revocation lists, or is older than this agent",
    );
  }
}

function isFingerprint(value: unknown): value is string {
  return typeof value === "string" && FINGERPRINT.test(value);
}
