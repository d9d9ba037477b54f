import { objectsMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import type { Effect } from "../../invocation/confirmation.ts";
import type { AdminService } from "../../service/admin-service.ts";
import { knownNode, NODES_PATH } from "./node-path.ts";
import { signerQuery, signerText, type SignerFlags } from "./signer-option.ts";

/** What a name has that would be revoked or released. */
export async function nodeEffect(
  service: AdminService,
  verb: "revoke" | "release" | "renew",
  names: readonly string[],
  flags: SignerFlags,
): Promise<Effect> {
  const lines: string[] = [];
  for (const name of names) {
    const node = await knownNode(service.get(`${NODES_PATH}/${name}`, signerQuery(flags)));
    const signers = objectsMember(node, "signers") ?? [node];
    lines.push(`would ${verb} ${name}${signerText(flags)}:`, ...signers.map(heldText));
  }
  return { lines, hitsOthers: false };
}

function heldText(held: JsonObject): string {
  const [signer, state, serial, end] = ["signerName", "state", "serialNumber", "notAfter"].map(
    (member) => textMember(held, member) ?? "none",
  );
  return `  ${signer ?? ""}: ${state ?? ""}, certificate ${serial ?? ""}, ends ${end ?? ""}`;
}
