import type { AuthenticatedCertificate } from "./authenticate-certificate.ts";
import type { IssuanceServices } from "../claim/issuance-services.ts";
import { NODE_USERNAME_PREFIX } from "../certificate/node-name.ts";
import { KUBELET_CLIENT_SIGNER, SIGNER_NAMES } from "../certificate/profile.ts";
import { BACKDATE_SECONDS } from "../certificate/validity.ts";
import { FINAL_AFTER_SECONDS, nodeKey, secondsSince } from "../ledger/node-record.ts";
import type { SerialNumber } from "../certificate/serial-number.ts";

/**
 * A certificate that authenticates a request is in its node's hands, so it is final from now on: its own token may not claim
 * the name again. One write, and only while the certificate is so young that it may be unconfirmed; who comes later, or
 * presents another than the candidate's, changes nothing. A crash before the write leaves a candidate, as before the use.
 *
 * A certificate whose reservation a retry signed much later looks older than it is: that one is final by age, or by its
 * renewal.
 */
export async function confirmUse(
  { nodes, audit, clock }: Pick<IssuanceServices, "nodes" | "audit" | "clock">,
  { certificate, serialNumber, identity }: AuthenticatedCertificate,
): Promise<void> {
  const at = clock();
  if (secondsSince(certificate.notBefore, at) >= BACKDATE_SECONDS + FINAL_AFTER_SECONDS) return;
  const key = await keyOf(nodes, identity.username, identity.certificate.nodeName, serialNumber);
  if (key === undefined) return;
  const { isApplied, node } = await nodes.confirm({ key, intentName: undefined, serialNumber, at });
  if (!isApplied || node === undefined) return;
  const name = node.anchor?.intentName ?? "";
  audit({ event: "certificate_confirmed", name, serialNumber, nodeName: node.nodeName });
}

/** A certificate does not say which profile it is of, but a kubelet's looks like nobody else's. The others are looked up. */
async function keyOf(
  nodes: IssuanceServices["nodes"],
  username: string,
  nodeName: string,
  serialNumber: SerialNumber,
): Promise<string | undefined> {
  if (username.startsWith(NODE_USERNAME_PREFIX)) return nodeKey(nodeName, KUBELET_CLIENT_SIGNER);
  const others = SIGNER_NAMES.filter((signerName) => signerName !== KUBELET_CLIENT_SIGNER);
  const records = await nodes.readMany(others.map((signerName) => nodeKey(nodeName, signerName)));
  return [...records.values()].find(({ candidate }) => candidate?.serialNumber === serialNumber)?.key;
}
