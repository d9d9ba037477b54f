import { matchesNamePattern } from "../../../core/certificate/name-pattern.ts";
import { textMember } from "../../../core/input/json-object.ts";
import { nodeNameFrom } from "../../arguments/resource-names.ts";
import type { Effect } from "../../invocation/confirmation.ts";
import { OperatorError, UsageError } from "../../program/operator-error.ts";
import type { AdminService } from "../../service/admin-service.ts";
import { pagesOf } from "../../service/pages.ts";
import { nodeEffect } from "./node-effect.ts";
import { NODES_PATH } from "./node-path.ts";
import { signerQuery, signerText, type SignerFlags } from "./signer-option.ts";

/** Which names a command acts on. */
export interface NodeSelection {
  readonly names: readonly string[];
  /** Some were found by a pattern: nobody typed them. */
  readonly patterns: readonly string[];
}

/** What is typed as an argument: checked before the service is asked. @throws UsageError */
export function parseNames(texts: readonly string[]): NodeSelection {
  const patterns = texts.filter((text) => text.includes("*"));
  for (const pattern of patterns) {
    if (!/^[A-Za-z0-9*][A-Za-z0-9._:@*-]{0,252}$/.test(pattern))
      throw new UsageError(`${JSON.stringify(pattern)} is no pattern of node names, like 'rack7-*'`);
  }
  return { names: texts.filter((text) => !text.includes("*")).map(nodeNameFrom), patterns };
}

/** The names typed, and those on record that match the patterns, each once. @throws OperatorError when a pattern matches none */
export async function selectNodes(
  service: AdminService,
  { names, patterns }: NodeSelection,
  flags: SignerFlags,
): Promise<NodeSelection> {
  if (patterns.length === 0) return { names, patterns };
  const known = new Set<string>();
  for await (const { items } of pagesOf(service, { path: NODES_PATH, query: signerQuery(flags), limit: undefined })) {
    for (const item of items) known.add(textMember(item, "nodeName") ?? "");
  }
  const found = patterns.map((pattern) => [...known].filter((name) => matchesNamePattern(name, pattern)));
  const vain = patterns.find((_, index) => found[index]?.length === 0);
  if (vain !== undefined) {
    throw new OperatorError(
      `no node on record matches ${JSON.stringify(vain)}; nothing was done; see nodeseal node list`,
    );
  }
  return { names: [...new Set([...names, ...found.flat()])], patterns };
}

/** As many as somebody reads before an answer. `--dry-run` shows all. */
const SHOWN_NAMES = 20;

/** What a selection has that would be revoked, released or renewed. */
export async function selectionEffect(
  service: AdminService,
  verb: "revoke" | "release" | "renew",
  { names, patterns }: NodeSelection,
  flags: SignerFlags & { readonly dryRun?: true },
): Promise<Effect> {
  if (patterns.length === 0) return nodeEffect(service, verb, names, flags);
  const shown = flags.dryRun === true ? names : names.slice(0, SHOWN_NAMES);
  const more = names.length - shown.length;
  return {
    lines: [
      `would ${verb} ${names.length} ${names.length === 1 ? "node" : "nodes"}${signerText(flags)}:`,
      ...shown.map((name) => `  ${name}`),
      ...(more === 0 ? [] : [`  and ${more} more; --dry-run shows all`]),
    ],
    hitsOthers: true,
  };
}
