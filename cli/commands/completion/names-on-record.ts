import type { Command } from "commander";
import { objectsMember, textMember } from "../../../core/input/json-object.ts";
import { invocationOf, type CommandContext } from "../../invocation/invocation.ts";

/** By group: where its names are, and which member they are. */
const NAMES: Readonly<Record<string, readonly [path: string, member: string]>> = {
  node: ["v1/admin/nodes", "nodeName"],
  cert: ["v1/admin/certificates", "serialNumber"],
  token: ["v1/admin/tokens", "tokenId"],
  csr: ["v1/admin/requests", "name"],
  ca: ["v1/admin/authorities", "id"],
};

/** One page: more is no help at the tab key. */
const MOST_NAMES = "200";
/** Somebody waits at the prompt. */
const PATIENCE_MS = 2000;

/** None where the service does not answer, or not soon: the shell says nothing of errors. */
export async function namesOnRecord(
  group: string,
  command: Command,
  context: CommandContext,
): Promise<readonly string[]> {
  const [path, member] = NAMES[group] ?? [];
  if (path === undefined || member === undefined) return [];
  const found = (async () => {
    const { service } = await invocationOf(command, context);
    const answer = await service.get(path, group === "ca" ? undefined : { limit: MOST_NAMES });
    return [...new Set((objectsMember(answer, "items") ?? []).map((item) => textMember(item, member) ?? ""))];
  })();
  const late = new Promise<readonly string[]>((resolve) => void setTimeout(resolve, PATIENCE_MS, []).unref());
  return Promise.race([found.catch(() => []), late]);
}
