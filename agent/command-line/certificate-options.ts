import type { Command } from "commander";
import { KUBELET_CLIENT_SIGNER, profileOf, type Profile } from "../../core/certificate/profile.ts";
import { SERVING_PREFIX, type CertificateNames } from "../certificate/certificate-names.ts";
import type { ServingWish } from "../directory/agent-state.ts";
import { defaultDirectoryOf, defaultPrefixOf } from "../commands/defaults.ts";
import { UsageError } from "../program/agent-error.ts";
import { dnsNameOption, ipAddressOption, organizationOption, signerOption } from "./name-options.ts";
import { nodeNameOption, prefixOption } from "./option-values.ts";

/** The options that say which certificate is wanted, and where it is kept. */
export interface CertificateFlags {
  readonly signer?: string;
  readonly node?: string;
  readonly commonName?: string;
  readonly organization?: readonly string[];
  readonly dns?: readonly string[];
  readonly ip?: readonly string[];
  readonly dir?: string;
  readonly name?: string;
  readonly withServing?: boolean;
}

/** Which certificate `join` is to get. */
export interface CertificatePlan {
  readonly profile: Profile;
  /** As operators call it: the common name without the profile's prefix. */
  readonly nodeName: string;
  readonly names: CertificateNames;
  readonly directoryPath: string;
  readonly prefix: string;
  /** A serving certificate beside it. */
  readonly serving: ServingWish | undefined;
}

export function addCertificateOptions(command: Command): Command {
  return command
    .option("--node <name>", "this node's name", nodeNameOption)
    .option("--signer <name>", `whose rules it follows (default: ${KUBELET_CLIENT_SIGNER})`, signerOption)
    .option("--common-name <name>", "in place of --node: a person's or service's name, for signers that leave it open")
    .option("--organization <name>", "for signers that leave it open; repeatable", organizationOption)
    .option("--dns <name>", "DNS name, for signers that certify them; repeatable", dnsNameOption)
    .option("--ip <address>", "IP address, likewise; repeatable", ipAddressOption)
    .option("--with-serving", "also a kubelet's serving certificate: of this machine's names, or of --dns and --ip")
    .option("--dir <dir>", "where it is kept (default: /var/lib/kubelet/pki; for others /var/lib/nodeseal/PREFIX)")
    .option("--name <prefix>", "prefix of the file names (default: by the signer)", prefixOption);
}

/** @throws UsageError for options that do not go together */
export function certificatePlan(flags: CertificateFlags): CertificatePlan {
  const { signer = KUBELET_CLIENT_SIGNER, organization, dns: dnsNames = [], ip: ipAddresses = [] } = flags;
  const profile = profileOf(signer);
  if (profile === undefined) throw new Error(`${signer} passed for a signer name`);
  const nodeName = nameFrom(flags, profile);
  const fault = profile.faultOfName(nodeName);
  if (fault !== undefined) throw new UsageError(fault);
  if (organization !== undefined && profile.organizations !== undefined) {
    throw new UsageError(
      `--organization: ${signer} says itself which (${profile.organizations.join(", ")}); leave it out`,
    );
  }
  const serving = servingFrom(flags, signer);
  if (serving === undefined) assertAltNames(profile, dnsNames.length + ipAddresses.length);
  const { name: prefix = defaultPrefixOf(signer), dir = defaultDirectoryOf(signer, prefix) } = flags;
  const organizations = profile.organizations ?? organization ?? [];
  const commonName = profile.commonNamePrefix + nodeName;
  const altNames = serving === undefined ? { dnsNames, ipAddresses } : { dnsNames: [], ipAddresses: [] };
  const names = { organizations, commonName, ...altNames };
  return { profile, nodeName, names, directoryPath: dir, prefix, serving };
}

/** @throws UsageError */
function servingFrom(
  { withServing, dns: dnsNames = [], ip: ipAddresses = [], name }: CertificateFlags,
  signer: string,
): ServingWish | undefined {
  if (withServing !== true) return undefined;
  if (signer !== KUBELET_CLIENT_SIGNER) {
    throw new UsageError(
      `--with-serving goes with a kubelet's client certificate (${KUBELET_CLIENT_SIGNER}), not with ${signer}`,
    );
  }
  if (name === SERVING_PREFIX) {
    throw new UsageError(
      `--name: with --with-serving ${SERVING_PREFIX} is the name of the serving certificate's files`,
    );
  }
  return { isFromMachine: dnsNames.length + ipAddresses.length === 0, dnsNames, ipAddresses };
}

function nameFrom({ node, commonName }: CertificateFlags, { signerName, commonNamePrefix }: Profile): string {
  if (commonName === undefined) {
    if (node !== undefined) return node;
    const others = commonNamePrefix === "" ? ", nor --common-name" : "";
    throw new UsageError(`required option '--node <name>' not specified${others}; see nodeseal-agent join --help`);
  }
  if (commonNamePrefix !== "") {
    throw new UsageError(
      `--common-name: ${signerName} makes it of the node's name (${commonNamePrefix}NAME); give --node`,
    );
  }
  if (node !== undefined && node !== commonName) {
    throw new UsageError("--node and --common-name name two things, and a certificate has one name; give one of them");
  }
  return commonName;
}

function assertAltNames({ signerName, subjectAltNames }: Profile, count: number): void {
  if (subjectAltNames === "forbidden" && count > 0) {
    throw new UsageError(`--dns and --ip: ${signerName} certifies no DNS names or IP addresses; leave them out`);
  }
  if (subjectAltNames === "required" && count === 0) {
    throw new UsageError(`${signerName} certifies names of a server: give at least one --dns or --ip`);
  }
}
