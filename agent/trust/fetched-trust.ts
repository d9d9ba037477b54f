import { parseNamedTrustBundle, type NamedAuthority, type TrustBundle } from "../certificate/trust-bundle.ts";
import { AgentError } from "../program/agent-error.ts";
import type { ServiceClient } from "../service/service-client.ts";
import { ServiceError } from "../service/service-error.ts";
import { fetchRevoked } from "./revoked-certificates.ts";
import { parseRevocationList, type RevocationList } from "./revocation-list.ts";
import { assertCredible, includes } from "./verified-authorities.ts";

/** What the service says, verified as far as that can be by itself. */
export interface FetchedTrust {
  /** All that it trusts. */
  readonly bundle: TrustBundle;
  /** What the consumer is to be given of it. */
  readonly authorities: readonly NamedAuthority[];
  /** By CA id; those that the service has none of are missing. Undefined when lists are not wanted. */
  readonly lists: ReadonlyMap<string, RevocationList> | undefined;
  /** SHA-256 of revoked certificates, in hexadecimal. Undefined when they are not wanted. */
  readonly revokedSha256: readonly string[] | undefined;
}

export interface TrustWish {
  /** As `GET /v1/trust-bundle?for=` calls it. */
  readonly consumer: string;
  readonly wantsLists: boolean;
  readonly wantsFingerprints: boolean;
}

/** API Gateway's largest answer has 6 MB, base64 included. */
const MOST_LIST_BYTES = 6 * 1024 * 1024;

/**
 * Fetches CA certificates, and the list of each CA, of one moment.
 *
 * @param known the bundle that this machine saw before
 * @throws AgentError when anything of it cannot be believed; ConnectionError, ServiceError
 */
export async function fetchTrust(
  client: ServiceClient,
  { consumer, wantsLists, wantsFingerprints }: TrustWish,
  known: TrustBundle | undefined,
): Promise<FetchedTrust> {
  const all = await bundleOf(client, "v1/trust-bundle");
  const bundle = { sequence: all.sequence, authorities: all.authorities.map(({ certificate }) => certificate) };
  assertCredible(bundle, known);
  const wanted = await bundleOf(client, `v1/trust-bundle?for=${encodeURIComponent(consumer)}`);
  if (wanted.sequence !== bundle.sequence)
    throw new AgentError(
      `the service's answers are of trust bundles ${bundle.sequence} and ${wanted.sequence}: a cache is behind`,
    );
  const foreign = wanted.authorities.find(({ certificate }) => !includes(bundle.authorities, certificate));
  if (foreign !== undefined)
    throw new AgentError(`the service's CAs for ${consumer} hold one that is not in its trust bundle: ${foreign.id}`);
  const revokedSha256 = wantsFingerprints ? await fetchRevoked(client) : undefined;
  if (!wantsLists) return { bundle, authorities: wanted.authorities, lists: undefined, revokedSha256 };
  const lists = new Map<string, RevocationList>();
  for (const authority of wanted.authorities) {
    const list = await listOf(client, authority);
    if (list !== undefined) lists.set(authority.id, list);
  }
  return { bundle, authorities: wanted.authorities, lists, revokedSha256 };
}

async function bundleOf(client: ServiceClient, path: string) {
  const bundle = parseNamedTrustBundle(await client.document(path, { accept: "application/json" }));
  if (bundle.authorities.length === 0) throw new AgentError("the service's trust bundle is empty: it has no CA yet");
  return bundle;
}

/** Undefined where the service has none: an external CA's is elsewhere, and that of a new CA is made soon. */
async function listOf(client: ServiceClient, { id, certificate }: NamedAuthority): Promise<RevocationList | undefined> {
  if (id === "")
    throw new AgentError("the service's trust bundle has a CA without an id: its list cannot be asked for");
  const form = { accept: "application/pkix-crl", encoding: "latin1", mostBytes: MOST_LIST_BYTES } as const;
  let answer: string;
  try {
    answer = await client.document(`v1/crl/${id}`, form);
  } catch (error) {
    if (error instanceof ServiceError && error.status === 404 && error.code === "not_found") return undefined;
    throw error;
  }
  const list = parseRevocationList(Buffer.from(answer, "latin1"));
  if (list.isSignedBy(certificate)) return list;
  throw new AgentError(`the revocation list of ${id} is not signed by ${id}`);
}
