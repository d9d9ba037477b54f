import { Option, type Command } from "commander";
import { addListOptions, type ListFlags } from "../../arguments/list-options.ts";
import { timeOption } from "../../arguments/duration-option.ts";
import { choiceOption } from "../../arguments/option-values.ts";
import { nodeNameFrom, serialNumberFrom, tokenIdFrom } from "../../arguments/resource-names.ts";
import { invocationOf, listInvocationOf, type CommandContext } from "../../invocation/invocation.ts";
import { textMember } from "../../../core/input/json-object.ts";
import { certificateInText } from "../certificate-in-text.ts";
import { fieldListText } from "../../output/field-list.ts";
import { printableLines } from "../../output/printable-text.ts";
import { presentList, type ListView } from "../../invocation/list.ts";
import { present } from "../../invocation/presentation.ts";
import type { Query } from "../../service/admin-service.ts";
import type { ListRequest } from "../../service/pages.ts";
import { CERTIFICATE_COLUMNS, certificateFields } from "./certificate-columns.ts";
import { CERTIFICATES_PATH, knownCertificate } from "./certificate-path.ts";
import { addCertificateRevoke } from "./certificate-revoke.ts";

const STATES = ["Issued", "Expired", "Revoked", "Superseded", "Stranded", "Voided", "Reserved"] as const;

export function addCertificateCommands(certificates: Command, context: CommandContext): void {
  addCertificateList(certificates, context);
  addCertificateShow(certificates, context);
  addCertificateRevoke(certificates, context);
}

interface Flags extends ListFlags {
  readonly node?: string;
  readonly state?: string;
  readonly expiresBefore?: Date;
  readonly token?: string;
}

const CERTIFICATE_VIEW: ListView = {
  nameMember: "serialNumber",
  columns: CERTIFICATE_COLUMNS,
  whenEmpty: "there are no such certificates",
};

function addCertificateList(certificates: Command, context: CommandContext): void {
  addListOptions(certificates.command("list"))
    .summary("list certificates")
    .description("Lists certificates.")
    .option("--node <name>", "only this node's")
    .option("--state <state>", `only these: ${STATES.join(", ")}`, choiceOption(STATES))
    .option(
      "--expires-before <time>",
      "only those that end before it: a date, a time, or 30d from now",
      timeOption(context.clock),
    )
    .option("--token <id>", "only those made with this token")
    .addHelpText(
      "after",
      `
Examples:
  $ nodeseal cert list --node worker-1
  What runs out within a week, and has not been renewed:
  $ nodeseal cert list --state issued --expires-before 7d
  Everything that a leaked token was used for:
  $ nodeseal cert list --token abcdef`,
    )
    .action(async (flags: Flags, command: Command) => {
      const request = listRequest(flags);
      const invocation = await listInvocationOf(command, context);
      await presentList(invocation, request, CERTIFICATE_VIEW, flags);
    });
}

function listRequest({ node, state, expiresBefore, token }: Flags): Omit<ListRequest, "limit"> {
  const query: Query = {
    ...(node === undefined ? {} : { node: nodeNameFrom(node) }),
    ...(state === undefined ? {} : { state }),
    ...(expiresBefore === undefined ? {} : { expiresBefore: expiresBefore.toISOString().replace(/\.\d+Z$/, "Z") }),
  };
  const list = { path: CERTIFICATES_PATH, query };
  if (token === undefined) return list;
  const tokenId = tokenIdFrom(token);
  return { ...list, keep: (certificate) => textMember(certificate, "tokenId") === tokenId };
}

interface ShowFlags {
  readonly pem?: true;
  readonly text?: true;
}

function addCertificateShow(certificates: Command, context: CommandContext): void {
  certificates
    .command("show")
    .summary("show one certificate, with its chain")
    .description("Shows one certificate: its node, its origin, and the chain, leaf first.")
    .argument("<serial-number>", "as any tool prints it: case, colons, 0x and leading zeros do not matter")
    .option("--pem", "print the chain alone, in PEM")
    .addOption(new Option("--text", "print every field and extension of the chain").conflicts("pem"))
    .addHelpText(
      "after",
      `
Examples:
  $ nodeseal cert show 4f8a1c…
  The certificate a machine shows you, whatever it looks like:
  $ nodeseal cert show "$(openssl x509 -noout -serial -in client.pem)"
  What is in it, every extension:
  $ nodeseal cert show 4f:8A:1C:… --text`,
    )
    .action(async (text: string, flags: ShowFlags, command: Command) => {
      const serialNumber = serialNumberFrom(text);
      const invocation = await invocationOf(command, context);
      const { screen, clock } = invocation;
      const certificate = await knownCertificate(invocation.service.get(`${CERTIFICATES_PATH}/${serialNumber}`));
      const chainPem = printableLines(textMember(certificate, "certificate") ?? "");
      const isText = flags.text === true && invocation.format === "table";
      const chainText = isText ? await certificateInText(chainPem) : undefined;
      await present(invocation, certificate, () => {
        if (flags.pem === true) return chainPem;
        return chainText ?? `${fieldListText(certificateFields(certificate, clock()), screen)}\n${chainPem}`;
      });
    });
}
