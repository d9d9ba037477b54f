import { dirname, resolve } from "node:path";
import type { NamedAuthority, TrustBundle } from "../certificate/trust-bundle.ts";
import { certificateDirectory, makeDirectory } from "../directory/certificate-directory.ts";
import { withDirectoryLock } from "../directory/directory-lock.ts";
import { readTrustBundleFile, writeTrustBundleFile } from "../directory/trust-bundle-file.ts";
import type { EventLog } from "../output/event-log.ts";
import { AgentError } from "../program/agent-error.ts";
import type { AgentServices } from "../program/agent-services.ts";
import { ServiceClock } from "../service/service-clock.ts";
import { fetchTrust, type FetchedTrust } from "./fetched-trust.ts";
import { authorizationFiles, type AuthorizationOptions } from "./authorization-configuration.ts";
import { assertOurs, authoritiesFile, digestOf, listsFile, writeIfChanged, type TextFile } from "./trust-files.ts";
import { connectToSource, type TrustConnection, type TrustSource } from "./trust-source.ts";
import { assertCredible, belowAnchors, describe, includes } from "./verified-authorities.ts";

export interface TrustOptions {
  readonly source: TrustSource;
  /** As `GET /v1/trust-bundle?for=` calls it. */
  readonly consumer: string;
  readonly file: string;
  readonly crlFile: string | undefined;
  readonly includeFiles: readonly string[];
  readonly includeCrlFiles: readonly string[];
  /** kube-apiserver's, which shuts out who has a revoked certificate. */
  readonly authorization: AuthorizationOptions | undefined;
  /** What was seen before, and for which files the hook has run. */
  readonly directoryPath: string;
}

export interface TrustRound {
  readonly hasChanged: boolean;
  /** Of all files together. */
  readonly digest: string;
}

/**
 * Brings the trust files up to date. Whatever goes wrong, the files stay as they are: all of them are ready and verified
 * before the first is replaced. Lists come first, so that a server that starts in between refuses rather than lets in.
 *
 * @throws AgentError, ConnectionError, ServiceError
 */
export async function trustRound(options: TrustOptions, services: AgentServices, log: EventLog): Promise<TrustRound> {
  const { fileSystem, clock } = services;
  const directory = certificateDirectory(fileSystem, options.directoryPath, "trust");
  const serviceClock = new ServiceClock(clock);
  const connection = await connectToSource(options.source, services, serviceClock);
  const wish = {
    consumer: options.consumer,
    wantsLists: options.crlFile !== undefined,
    wantsFingerprints: options.authorization !== undefined,
  };
  const known = readTrustBundleFile(fileSystem, directory.path);
  const fetched = await fetchTrust(connection.client, wish, known);
  const authorities = believed(fetched, connection, log);
  makeDirectory(directory);
  // A folder below its own is its own too; elsewhere a missing folder is a wrong path.
  const folder = dirname(options.file);
  if (folder.startsWith(`${resolve(options.directoryPath)}/`))
    makeDirectory(certificateDirectory(fileSystem, folder, "trust"));
  return await withDirectoryLock(fileSystem, directory.path, clock, () => {
    const seen = readTrustBundleFile(fileSystem, directory.path);
    // Another agent with this directory may have seen a later one meanwhile.
    assertCredible(fetched.bundle, seen);
    const files = filesOf(options, { fetched, authorities, now: serviceClock.now() }, services, log);
    for (const file of files) assertOurs(fileSystem, file);
    if (seen === undefined || seen.sequence < fetched.bundle.sequence)
      writeTrustBundleFile(fileSystem, directory.path, fetched.bundle);
    const written = files.filter((file) => writeIfChanged(fileSystem, file)).map(({ path }) => path);
    if (written.length > 0)
      log("info", "trust_updated", {
        files: written.join(" "),
        authorities: authorities.map(({ id }) => id).join(" "),
        trustBundle: fetched.bundle.sequence,
        revokedCertificates: fetched.revokedSha256?.length,
        ...changesOf(fetched.bundle, seen),
      });
    return Promise.resolve({ hasChanged: written.length > 0, digest: digestOf(files) });
  });
}

/** @throws AgentError when none of them is below a pin */
function believed(
  { bundle, authorities }: FetchedTrust,
  { isAnchor }: TrustConnection,
  log: EventLog,
): readonly NamedAuthority[] {
  if (isAnchor === undefined) return authorities;
  const pinned = belowAnchors(bundle.authorities, isAnchor);
  const taken = authorities.filter(({ certificate }) => includes(pinned, certificate));
  const left = authorities.filter((one) => !taken.includes(one)).map(({ certificate }) => describe(certificate));
  if (taken.length === 0)
    throw new AgentError(
      `none of the service's CAs is below a pinned one (--ca-cert-hash): they are ${left.join("; ")}`,
    );
  for (const authority of left) log("warn", "unpinned_ca", { authority });
  return taken;
}

function filesOf(
  { file, crlFile, includeFiles, includeCrlFiles, authorization }: TrustOptions,
  { fetched, authorities, now }: { fetched: FetchedTrust; authorities: readonly NamedAuthority[]; now: Date },
  { fileSystem }: AgentServices,
  log: EventLog,
): readonly TextFile[] {
  const own = authoritiesFile(fileSystem, file, authorities, includeFiles);
  const { lists, revokedSha256 } = fetched;
  if (authorization !== undefined && revokedSha256 !== undefined)
    return [...authorizationFiles(fileSystem, authorization, revokedSha256), own];
  if (crlFile === undefined || lists === undefined) return [own];
  const revoked = listsFile(fileSystem, crlFile, { authorities, lists }, { includeFiles: includeCrlFiles, now });
  for (const authority of revoked.lacking) log("warn", "no_list", { authority });
  return [revoked, own];
}

/** For whoever wants to know when a root appeared. */
function changesOf({ authorities }: TrustBundle, seen: TrustBundle | undefined) {
  if (seen === undefined) return {};
  const added = authorities.filter((one) => !includes(seen.authorities, one)).map(describe);
  const removed = seen.authorities.filter((one) => !includes(authorities, one)).map(describe);
  return { added: added.join("; ") || undefined, removed: removed.join("; ") || undefined };
}
