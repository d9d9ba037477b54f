import { createHash } from "node:crypto";
import { encodePem, parsePemBlocks, PemError } from "../../core/asn1/pem.ts";
import { certificatesOf, type NamedAuthority } from "../certificate/trust-bundle.ts";
import { PUBLIC_MODE, readTextIfPresent, replaceFileDurably } from "../directory/durable-file.ts";
import type { FileSystem } from "../directory/file-system.ts";
import { AgentError } from "../program/agent-error.ts";
import { parseRevocationList, type RevocationList } from "./revocation-list.ts";

/** So that it is plain whose file it is, to people and to `assertOurs`. PEM readers skip such lines. */
export const HEADER = "# Written by nodeseal-agent trust: what is changed here is lost.\n";

export interface TextFile {
  readonly path: string;
  readonly content: string;
}

/** @param includeFiles the operator's own CAs: they come first, and stay whatever the service says */
export function authoritiesFile(
  fileSystem: FileSystem,
  path: string,
  authorities: readonly NamedAuthority[],
  includeFiles: readonly string[],
): TextFile {
  const own = includeFiles.flatMap((file) => {
    const certificates = certificatesOf(readTextIfPresent(fileSystem, file) ?? "");
    if (certificates.length === 0) throw new AgentError(`${file} (--include) holds no certificates in PEM`);
    return certificates;
  });
  const all = [...own, ...authorities.map(({ certificate }) => certificate)];
  const blocks = new Set(all.map(({ raw }) => encodePem("CERTIFICATE", raw)));
  return { path, content: HEADER + [...blocks].join("") };
}

export interface ListsFile extends TextFile {
  /** CAs without a list: the service has none, or the only one has ended. */
  readonly lacking: readonly string[];
}

/**
 * The lists of all these CAs. Of a CA's list that is here and the one that was fetched the newer counts: a cache may answer
 * with an old one, and so may somebody who wants a revocation undone.
 */
export function listsFile(
  fileSystem: FileSystem,
  path: string,
  { authorities, lists }: { authorities: readonly NamedAuthority[]; lists: ReadonlyMap<string, RevocationList> },
  { includeFiles, now }: { readonly includeFiles: readonly string[]; readonly now: Date },
): ListsFile {
  const here = listsIn(readTextIfPresent(fileSystem, path) ?? "");
  const own = includeFiles.flatMap((file) => {
    const found = listsIn(readTextIfPresent(fileSystem, file) ?? "");
    if (found.length === 0) throw new AgentError(`${file} (--include-crl) holds no revocation lists in PEM`);
    return found;
  });
  const chosen = authorities.map(({ id, certificate }) => {
    const fetched = lists.get(id);
    const known = here.filter((list) => list.isSignedBy(certificate));
    const all = [...(fetched === undefined ? [] : [fetched]), ...known];
    const [newest] = all.sort((one, other) => other.thisUpdate.getTime() - one.thisUpdate.getTime());
    return { id, certificate, list: newest };
  });
  const lacking = chosen.filter(
    ({ list, certificate }) =>
      !own.some((one) => one.isSignedBy(certificate)) && (list === undefined || list.nextUpdate <= now),
  );
  const blocks = new Set([...own, ...chosen.flatMap(({ list }) => list ?? [])].map(({ pem }) => pem));
  return { path, content: HEADER + [...blocks].join(""), lacking: lacking.map(({ id }) => id) };
}

/** Empty when there is anything else among them. */
function listsIn(text: string): readonly RevocationList[] {
  try {
    return parsePemBlocks(text, "X509 CRL").map((der) => parseRevocationList(Buffer.from(der)));
  } catch (error) {
    if (error instanceof AgentError || error instanceof PemError) return [];
    throw error;
  }
}

/** A path mistyped must not cost an operator a file. @throws AgentError */
export function assertOurs(fileSystem: FileSystem, { path }: TextFile): void {
  const text = readTextIfPresent(fileSystem, path);
  if (text === undefined || text.trim() === "" || text.startsWith(HEADER)) return;
  throw new AgentError(
    `${path} was not written by nodeseal-agent trust, and is not replaced: move it away, and name its own CAs with --include`,
  );
}

/** @returns whether there was anything to change */
export function writeIfChanged(fileSystem: FileSystem, { path, content }: TextFile): boolean {
  if (readTextIfPresent(fileSystem, path) === content) return false;
  replaceFileDurably(fileSystem, path, content, PUBLIC_MODE);
  return true;
}

export function digestOf(files: readonly TextFile[]): string {
  const digest = createHash("sha256");
  for (const { path, content } of files) digest.update(JSON.stringify([path, content]));
  return digest.digest("hex");
}
