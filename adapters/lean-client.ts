import { Sha256 } from "./sha256.ts";

/** What an SDK client needs for its calls to be signed at little cost. */
export const LEAN_SETTINGS = { sha256: Sha256 } as const;

interface LeanClient {
  readonly middlewareStack: { remove(name: string): boolean };
}

/**
 * Takes out of an SDK client what does nothing here: there is no logger, and the header that breaks loops of functions
 * is read by no DynamoDB and no KMS. Each would wrap every call.
 */
export function leanClient<Client extends LeanClient>(client: Client): Client {
  for (const name of ["loggerMiddleware", "recursionDetectionMiddleware"]) client.middlewareStack.remove(name);
  return client;
}
