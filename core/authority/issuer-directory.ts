import { activeIssuer, issuerOf, noActiveIssuer, type Issuer, type TrustBundle } from "./authority.ts";
import type { AuthorityStore } from "./authority-store.ts";

/** The trust bundle with its issuing CAs made ready for use, parsed once. */
export interface IssuerDirectory {
  readonly bundle: TrustBundle;
  /** @throws RefusalError `signer_busy` when no issuing CA is active */
  active(): Issuer;
  /** For finishing what an earlier generation began. @throws Error when there is no such CA */
  byId(id: string): Issuer;
  /** Every issuing CA whose certificates still count. */
  issuing(): readonly Issuer[];
}

export function issuerDirectory(bundle: TrustBundle): IssuerDirectory {
  const issuers = new Map<string, Issuer>();
  const byId = (id: string): Issuer => {
    const authority = bundle.authorities.find((candidate) => candidate.id === id);
    if (authority === undefined) throw new Error(`the trust bundle holds no CA named ${id}`);
    const issuer = issuers.get(id) ?? issuerOf(authority, bundle.authorities);
    issuers.set(id, issuer);
    return issuer;
  };
  const issuing = (): readonly Issuer[] =>
    bundle.authorities.filter(({ role, state }) => role === "issuing" && state !== "retired").map(({ id }) => byId(id));
  return { bundle, byId, active: () => byId(activeIssuer(bundle).id), issuing };
}

/** How long a function may go on with the bundle it read: a CA change reaches every function within this time. */
const MAX_AGE_SECONDS = 60;

/** Reads the bundle at most once a minute: no call that caching makes needless. */
export function cachedIssuerDirectory(
  authorities: Pick<AuthorityStore, "read">,
  clock: () => Date,
): () => Promise<IssuerDirectory> {
  let cached: { directory: IssuerDirectory; readAt: number } | undefined;
  return async () => {
    const now = clock().getTime();
    if (cached !== undefined && now - cached.readAt < MAX_AGE_SECONDS * 1000 && now >= cached.readAt)
      return cached.directory;
    const bundle = await authorities.read();
    if (bundle === undefined) return noActiveIssuer();
    // The same bundle keeps its parsed issuers.
    const directory =
      cached?.directory.bundle.sequence === bundle.sequence ? cached.directory : issuerDirectory(bundle);
    cached = { directory, readAt: now };
    return directory;
  };
}
