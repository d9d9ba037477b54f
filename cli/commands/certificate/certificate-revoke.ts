import type { Command } from "commander";
import type { SerialNumber } from "../../../core/certificate/serial-number.ts";
import { serialNumberFrom } from "../../arguments/resource-names.ts";
import { invocationOf, type CommandContext, type Invocation } from "../../invocation/invocation.ts";
import { objectMember, textMember, type JsonObject } from "../../../core/input/json-object.ts";
import { printable } from "../../output/printable-text.ts";
import { addConfirmation, mayGoOn, type ConfirmationFlags, type Effect } from "../../invocation/confirmation.ts";
import { doToEach, type Outcome } from "../../invocation/presentation.ts";
import { CERTIFICATES_PATH, knownCertificate } from "./certificate-path.ts";
import { reasonOption, type ReasonFlags } from "../revocation-reason.ts";

const EPILOGUE = `
Examples:
  A key was found on a stolen disk:
  $ nodeseal cert revoke 4f8a1c… --reason keyCompromise
  Every certificate a leaked token was used for:
  $ nodeseal cert list --token abcdef --state issued | awk 'NR > 1 { print $1 }' | xargs nodeseal cert revoke

Revoked for Nodeseal means at once. Servers that accept the certificate learn of it from the CRL, if they read it.
To keep the machine from getting another one with a token, revoke the node: nodeseal node revoke NAME`;

export function addCertificateRevoke(certificates: Command, context: CommandContext): void {
  addConfirmation(certificates.command("revoke"))
    .summary("revoke certificates")
    .description("Revokes certificates, for good: from the next request on they cannot be renewed.")
    .argument("<serial-number...>", "as any tool prints them")
    .addOption(reasonOption())
    .addHelpText("after", EPILOGUE)
    .action(
      async (texts: readonly string[], { reason, ...flags }: ReasonFlags & ConfirmationFlags, command: Command) => {
        const serialNumbers = texts.map(serialNumberFrom);
        const invocation = await invocationOf(command, context);
        if (!(await mayGoOn(invocation, flags, true, () => revocationEffect(invocation, serialNumbers)))) return;
        await doToEach(invocation, serialNumbers, (serialNumber) => revoke(invocation, serialNumber, reason));
      },
    );
}

async function revocationEffect({ service }: Invocation, serialNumbers: readonly SerialNumber[]): Promise<Effect> {
  const lines: string[] = [];
  for (const serialNumber of serialNumbers) {
    const found = await knownCertificate(service.get(`${CERTIFICATES_PATH}/${serialNumber}`));
    const [nodeName, signer, state] = ["nodeName", "signerName", "state"].map(
      (member) => textMember(found, member) ?? "?",
    );
    lines.push(`would revoke ${serialNumber} of ${nodeName ?? ""} (${signer ?? ""}, ${state ?? ""})`);
  }
  return { lines, hitsOthers: false };
}

async function revoke({ service }: Invocation, serialNumber: SerialNumber, reason: string): Promise<Outcome> {
  const path = `${CERTIFICATES_PATH}/${serialNumber}/revocation`;
  const certificate = await knownCertificate(service.post(path, { reason }));
  const nodeName = printable(textMember(certificate, "nodeName") ?? "its node");
  const notAfter = printable(textMember(certificate, "notAfter") ?? "its end");
  return {
    object: certificate,
    report:
      `certificate ${serialNumber} of ${nodeName} revoked (${printable(reasonOf(certificate) ?? reason)}): it cannot be renewed any more\n` +
      `  not undone: servers that do not read the CRL accept it until ${notAfter}\n` +
      `  not undone: ${nodeName} may join again with a bootstrap token; to forbid that: nodeseal node revoke ${nodeName}\n`,
  };
}

/** The first revocation counts: its reason may differ from the one given now. */
function reasonOf(certificate: JsonObject): string | undefined {
  const revocation = objectMember(certificate, "revocation");
  return revocation && textMember(revocation, "reason");
}
