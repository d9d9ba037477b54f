import { randomUUID } from "node:crypto";
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { InvalidArgumentError, Option, type Command } from "commander";
import { authorityIdFrom } from "../../arguments/resource-names.ts";
import { invocationOf, type CommandContext, type Invocation } from "../../invocation/invocation.ts";
import { encodePem } from "../../../core/asn1/pem.ts";
import { isShard } from "../../../core/authority/revocation-shard.ts";
import { messageOf, OperatorError, UsageError } from "../../program/operator-error.ts";
import { present } from "../../invocation/presentation.ts";
import { ServiceError } from "../../service/service-error.ts";

interface ListFlags {
  readonly shard?: string;
  readonly der?: boolean;
  readonly out?: string;
}

const EPILOGUE = `
Examples:
  $ nodeseal ca crl issuing-g1 | openssl crl -noout -text
  $ nodeseal ca crl issuing-g1 --out issuing.crl && nodeseal ca bundle > ca.pem
  $ openssl verify -crl_check -CRLfile issuing.crl -CAfile ca.pem node.pem
  $ nodeseal ca crl issuing-g1 --shard a3 --der --out a3.crl

A revocation is on the list after the next reconciliation, five minutes at most. nginx and HAProxy want the list of every CA in a
chain, one after the other in one file: see docs/operations.md, which also keeps them up to date.`;

export function addAuthorityRevocationList(authorities: Command, context: CommandContext): void {
  authorities
    .command("crl")
    .summary("print a CA's revocation list in PEM")
    .description(
      "Prints the certificate revocation list of a CA in PEM: what servers of your own need to refuse revoked certificates. Needs no credentials.",
    )
    .argument("<id>", "a generation's id, like issuing-g1")
    .addOption(
      new Option(
        "--shard <digits>",
        "only the part for serial numbers that begin with these one or two digits",
      ).argParser(shardFrom),
    )
    .option("--out <file>", "write it there, in one step, instead of printing it")
    .option("--der", "in DER instead of PEM, which needs --out")
    .addHelpText("after", EPILOGUE)
    .action(async (text: string, flags: ListFlags, command: Command) => {
      const authorityId = authorityIdFrom(text);
      const invocation = await invocationOf(command, context);
      assertTogether(flags, invocation);
      const der = await fetchList(invocation, authorityId, flags.shard);
      const pem = encodePem("X509 CRL", der);
      if (flags.out !== undefined) writeWhole(flags.out, flags.der === true ? der : pem);
      else {
        const shard = flags.shard === undefined ? {} : { shard: flags.shard };
        await present(invocation, { authorityId, ...shard, crl: pem }, () => pem);
      }
    });
}

/** As tools print serial numbers: upper case too. */
function shardFrom(text: string): string {
  const shard = text.toLowerCase();
  if (isShard(shard)) return shard;
  throw new InvalidArgumentError("It has one or two hexadecimal digits.");
}

/** @throws UsageError */
function assertTogether({ der, out }: ListFlags, { format }: Invocation): void {
  if (der === true && out === undefined) throw new UsageError("--der needs --out: DER is no text");
  if (out !== undefined && format !== "table")
    throw new UsageError(`--out writes the list itself, and --output ${format} prints it: give one of them`);
}

/** @throws OperatorError, ServiceError */
async function fetchList({ service }: Invocation, authorityId: string, shard: string | undefined): Promise<Buffer> {
  const path = `/v1/crl/${authorityId}${shard === undefined ? "" : `/${shard}`}`;
  const octets = await service.getPublicOctets(path, "application/pkix-crl").catch((error: unknown) => {
    if (!(error instanceof ServiceError) || error.code !== "not_found") throw error;
    throw new OperatorError(
      `there is no revocation list of ${authorityId}${shard === undefined ? "" : ` for serial numbers that begin with ${shard}`}; nodeseal ca show lists the CAs, and an external CA has its own`,
    );
  });
  if (isOneSequence(octets)) return octets;
  throw new OperatorError("the answer holds no revocation list; is NODESEAL_URL the service's address?");
}

/** DER's outermost header says how long the whole is. Who relies on the list checks its signature. */
function isOneSequence(octets: Buffer): boolean {
  const [tag, first = 0] = octets;
  const lengthOctets = first < 0x80 ? 0 : first & 0x7f;
  if (tag !== 0x30 || lengthOctets > 4 || octets.length < 2 + lengthOctets) return false;
  const contentLength = lengthOctets === 0 ? first : octets.readUIntBE(2, lengthOctets);
  return octets.length === 2 + lengthOctets + contentLength;
}

/** A server that reads it meanwhile finds the old one or the new one. @throws OperatorError */
function writeWhole(file: string, content: Buffer | string): void {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    // What is no file, like /dev/stdout, must not be replaced by one.
    if (found?.isFile() === false) writeFileSync(file, content);
    else replaceFile(found === undefined ? file : realpathSync(file), content);
  } catch (cause) {
    throw new OperatorError(`cannot write the list: ${messageOf(cause)}`, { cause });
  }
}

function replaceFile(file: string, content: Buffer | string): void {
  const temporary = `${file}.${randomUUID()}`;
  try {
    writeFileSync(temporary, content, { flag: "wx" });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
