import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { InvalidArgumentError, Option, type Command } from "commander";
import { DEFAULT_DIRECTORY, DEFAULT_TRUST_DIRECTORY } from "../commands/defaults.ts";
import type { RunSignals } from "../keeper/run-signals.ts";
import type { LogFormat } from "../output/event-log.ts";
import { UsageError } from "../program/agent-error.ts";
import type { AgentServices } from "../program/agent-services.ts";
import { addHookOptions, hookFrom, type HookFlags } from "./hook-options.ts";
import { caCertHashOption, durationOption } from "./option-values.ts";

const EXAMPLES = `
Examples:
  For nginx, which needs the revocation lists beside the CAs:
  $ nodeseal-agent trust --url https://nodeseal.example --for nginx --file /etc/nginx/nodeseal/ca.pem \\
      --crl /etc/nginx/nodeseal/crl.pem --exec 'systemctl reload nginx'

  For kube-apiserver, on a control-plane machine:
  $ nodeseal-agent trust --kube-apiserver

  The same with files elsewhere; the cluster's own CA stays in the file:
  $ nodeseal-agent trust --url … --for kube-apiserver --file /etc/kubernetes/nodeseal/client-ca.pem \\
      --include /etc/kubernetes/pki/ca.crt --authorization-config /etc/kubernetes/nodeseal/authorization.yaml

  From a timer:
  $ nodeseal-agent trust --once --for envoy --file /etc/envoy/ca.pem

Files are verified, then replaced in one step, and only when something has changed. Whatever the answer is, a file is never
left half written, and one that was not written by this command is never replaced. --exec finds in its environment:
NODESEAL_TRUST_FILE and NODESEAL_CRL_FILE. A hook that fails is run again.
With --ca-cert-hash of CAs of the trust bundle only these, and what they have signed, get into the file: add the pin of a new
root before it signs.`;

interface TrustFlags extends HookFlags {
  readonly url?: string;
  readonly caFile?: string;
  readonly caCertHash?: readonly string[];
  readonly joined: string;
  readonly for?: string;
  readonly kubeApiserver?: true;
  readonly file?: string;
  readonly crl?: string;
  readonly include?: readonly string[];
  readonly includeCrl?: readonly string[];
  readonly authorizationConfig?: string;
  readonly authorizers?: string;
  readonly dir: string;
  readonly interval: number;
  readonly once?: true;
  readonly wait: number;
  readonly logFormat: LogFormat;
}

export function addTrustCommand(program: Command, services: AgentServices, signals: RunSignals): void {
  const command = program
    .command("trust")
    .summary("keep the trust files of a server on this machine up to date")
    .description(
      "Keeps the files by which a server verifies nodes' certificates up to date: CA certificates, and revocation lists. Stays, unless --once is given.",
    )
    .option("--url <url>", "the service's https address (default: NODESEAL_URL, then what this machine joined)")
    .option("--ca-file <file>", "CAs that authenticate the service, PEM (default: NODESEAL_CA_FILE)")
    .option("--ca-cert-hash <hash>", "pin of a CA, sha256:<hex> of its public key; repeatable", caCertHashOption)
    .option("--joined <dir>", "where this machine joined, if there is no --url", DEFAULT_DIRECTORY)
    .option(
      "--for <kind>",
      "whose file it is: kube-apiserver, nginx, haproxy, envoy, aws-truststore or roots",
      consumerOption,
    )
    .option(
      "--kube-apiserver",
      "on a control-plane machine: for kube-apiserver, its files in DIR/kube-apiserver, every 5s, as the systemd unit has it",
    )
    .option("--file <file>", "where the CA certificates go")
    .option("--crl <file>", "where the revocation lists of all these CAs go")
    .option("--include <file>", "CA certificates of your own that belong into --file; repeatable", repeated)
    .option("--include-crl <file>", "revocation lists of your own that belong into --crl; repeatable", repeated)
    .option(
      "--authorization-config <file>",
      "where kube-apiserver's AuthorizationConfiguration goes, which refuses revoked certificates",
    )
    .option("--authorizers <file>", "your own authorizers for it, a list in YAML (default: Node and RBAC)")
    .option("--dir <dir>", "where it keeps what it has seen", DEFAULT_TRUST_DIRECTORY)
    .addOption(new Option("--interval <duration>", "how often to look").argParser(durationOption).default(60, "60s"))
    .option("--once", "look once, then end")
    .addOption(
      new Option("--wait <duration>", "with --once: how long to try").argParser(durationOption).default(120, "2m"),
    )
    .addOption(
      new Option("--log-format <format>", "how events are written").choices(["logfmt", "json"]).default("logfmt"),
    );
  addHookOptions(command, "each change of the files")
    .addHelpText("after", EXAMPLES)
    .action(async (given: TrustFlags) => {
      const isSaid = (flag: string): boolean => command.getOptionValueSource(flag) === "cli";
      const options = trustOptions(withControlPlane(given, isSaid), services);
      const { trust } = await import("../commands/trust.ts");
      await trust(options, services, signals);
    });
}

/** The cluster's own CA on a control-plane machine that kubeadm made. Its users must get in as well. */
const CLUSTER_CA = "/etc/kubernetes/pki/ca.crt";

/** What `--kube-apiserver` stands for; whatever is said besides wins. */
function withControlPlane(flags: TrustFlags, isSaid: (flag: string) => boolean): TrustFlags {
  if (flags.kubeApiserver !== true) return flags;
  if (flags.for !== undefined && flags.for !== "kube-apiserver")
    throw new UsageError(`--kube-apiserver is for kube-apiserver, and --for says ${flags.for}`);
  const folder = join(flags.dir, "kube-apiserver");
  return {
    file: join(folder, "client-ca.pem"),
    authorizationConfig: join(folder, "authorization.yaml"),
    ...(existsSync(CLUSTER_CA) ? { include: [CLUSTER_CA] } : {}),
    ...flags,
    for: "kube-apiserver",
    interval: isSaid("interval") ? flags.interval : 5,
  };
}

function trustOptions(flags: TrustFlags, { environment }: AgentServices) {
  const { for: consumer, file, crl, interval } = flags;
  if (consumer === undefined) throw new UsageError("say whose file it is with --for, like --for nginx");
  if (file === undefined) throw new UsageError("say where the CA certificates go with --file");
  if (consumer === "kube-apiserver" && crl !== undefined)
    throw new UsageError("--crl: kube-apiserver reads no revocation lists");
  const authorization = authorizationFrom(flags, consumer);
  if (crl === undefined && flags.includeCrl !== undefined) throw new UsageError("--include-crl needs --crl");
  if (crl !== undefined && resolve(crl) === resolve(file)) throw new UsageError("--file and --crl are the same file");
  if (interval < 1) throw new UsageError("--interval must be 1s or longer");
  return {
    source: {
      url: flags.url ?? (environment["NODESEAL_URL"] || undefined),
      caFile: flags.caFile ?? (environment["NODESEAL_CA_FILE"] || undefined),
      caCertHashes: flags.caCertHash ?? [],
      joinedPath: flags.joined,
    },
    consumer,
    file: resolve(file),
    crlFile: crl === undefined ? undefined : resolve(crl),
    includeFiles: flags.include ?? [],
    includeCrlFiles: flags.includeCrl ?? [],
    authorization,
    directoryPath: flags.dir,
    hook: hookFrom(flags),
    logFormat: flags.logFormat,
    intervalSeconds: interval,
    onceWithinSeconds: flags.once === true ? flags.wait : undefined,
  };
}

function authorizationFrom({ authorizationConfig, authorizers, file }: TrustFlags, consumer: string) {
  if (authorizationConfig === undefined) {
    if (authorizers !== undefined) throw new UsageError("--authorizers needs --authorization-config");
    return undefined;
  }
  if (consumer !== "kube-apiserver")
    throw new UsageError(`--authorization-config is for kube-apiserver, not for ${consumer}`);
  if (file !== undefined && resolve(authorizationConfig) === resolve(file))
    throw new UsageError("--file and --authorization-config are the same file");
  return { file: resolve(authorizationConfig), authorizersFile: authorizers };
}

/** The service says which it knows: a newer one may know more. */
function consumerOption(text: string): string {
  if (/^[a-z][a-z0-9-]{0,30}$/.test(text)) return text;
  throw new InvalidArgumentError("write it like kube-apiserver, nginx or haproxy.");
}

function repeated(text: string, others: readonly string[] | undefined): readonly string[] {
  return [...(others ?? []), text];
}
