import { profileOf, SIGNER_NAMES } from "../certificate/profile.ts";
import { RefusalError } from "../refusal.ts";
import { isListed, nodeKey, unclaimedNode, type NodeRecord } from "./node-record.ts";
import type { NodeStore } from "./node-store.ts";

/*
 * To an operator a name is one thing: a machine, or a person. It has a node record for each signer that certified it.
 */

/** How often a write that lost against the node itself is made again. */
const ROUNDS = 10;

/**
 * The records of a name that ever held a certificate, in the order of the profiles. Profiles are a closed list, whatever
 * a policy names, so that one consistent read of their keys finds them all.
 *
 * @param signerName of this signer only
 * @throws RefusalError `not_found` when there is none
 */
export async function recordsOfName(
  nodes: Pick<NodeStore, "readMany">,
  nodeName: string,
  signerName?: string,
): Promise<readonly NodeRecord[]> {
  const keys = signersOfName(nodeName, signerName).map((one) => nodeKey(nodeName, one));
  const found = await nodes.readMany(keys);
  const records = keys.map((key) => found.get(key)).filter((node) => node !== undefined);
  const held = records.filter(isListed);
  if (held.length === 0) throw unknownName(nodeName, signerName);
  return held;
}

/** The signers that may certify this name at all. */
export function signersOfName(nodeName: string, signerName?: string): readonly string[] {
  const signers = signerName === undefined ? SIGNER_NAMES : [signerName];
  return signers.filter((one) => profileOf(one)?.faultOfName(nodeName) === undefined);
}

/**
 * Reads, changes, writes, and again when somebody else wrote first.
 *
 * @param change undefined: it stays as it is
 */
export async function changeNode(
  nodes: Pick<NodeStore, "read" | "write">,
  { nodeName, signerName }: Pick<NodeRecord, "nodeName" | "signerName">,
  change: (node: NodeRecord) => NodeRecord | undefined | Promise<NodeRecord | undefined>,
): Promise<NodeRecord> {
  const key = nodeKey(nodeName, signerName);
  for (let round = 0; round < ROUNDS; round++) {
    const node = (await nodes.read(key)) ?? unclaimedNode(nodeName, signerName);
    const changed = await change(node);
    if (changed === undefined) return node;
    if (await nodes.write(changed)) return { ...changed, version: changed.version + 1 };
  }
  throw new RefusalError("request_in_progress", `the node ${key} is being written by others`, { retryAfterSeconds: 1 });
}

/** Does the same to several records of a name. */
export function changeEach(
  nodes: Pick<NodeStore, "read" | "write">,
  records: readonly NodeRecord[],
  change: (node: NodeRecord) => NodeRecord | undefined | Promise<NodeRecord | undefined>,
): Promise<readonly NodeRecord[]> {
  return Promise.all(records.map((record) => changeNode(nodes, record, change)));
}

/** Those to which something can be done. @throws RefusalError of the first, when it can be done to none */
export function possibleAmong(
  records: readonly NodeRecord[],
  assertPossible: (node: NodeRecord) => void,
): readonly NodeRecord[] {
  const refusals: unknown[] = [];
  const possible = records.filter((record) => {
    try {
      assertPossible(record);
      return true;
    } catch (refusal) {
      refusals.push(refusal);
      return false;
    }
  });
  if (possible.length === 0) throw refusals[0];
  return possible;
}

function unknownName(nodeName: string, signerName: string | undefined): RefusalError {
  const of = signerName === undefined ? "" : ` with a certificate of ${signerName}`;
  return new RefusalError("not_found", `there is no node named ${JSON.stringify(nodeName)}${of}`, { field: "name" });
}
