import { Option, type Command } from "commander";
import type { Profile } from "../../core/certificate/profile.ts";
import type { KeyType } from "../../core/keys/key-type.ts";
import { UsageError } from "../program/agent-error.ts";
import type { AgentServices } from "../program/agent-services.ts";
import type { KubeconfigRequest } from "../commands/join.ts";
import { addCertificateOptions, certificatePlan, type CertificateFlags } from "./certificate-options.ts";
import { caCertHashOption, durationOption, keyTypeOption, tokenFrom } from "./option-values.ts";

const EXAMPLES = `
Examples:
  A token in a file, a service with a certificate of the public web PKI:
  $ nodeseal-agent join --url https://nodeseal.example --token-file /run/token --node worker-1

  The pin that came with the join command, a token from stdin (so that "ps" never shows it):
  $ nodeseal-agent join --url https://10.0.0.5:8443 --token-file - --node worker-1 \\
      --ca-cert-hash sha256:7c5e…

  A web server's certificate, in /etc/web/tls/server-current.pem:
  $ nodeseal-agent join --url … --token-file token --signer nodeseal.dev/server --node web-1 \\
      --dns web-1.example.com --ip 10.0.0.7 --dir /etc/web/tls

  A person's:
  $ nodeseal-agent join --url … --token-file token --signer kubernetes.io/kube-apiserver-client \\
      --common-name jane.doe@example.com --organization dev --dir ~/.nodeseal

  A node's client and serving certificate; the serving one may have to wait for approval:
  $ nodeseal-agent join --url … --token-file token --node worker-1 --with-serving

  With the kubeconfig a kubelet or kubectl can use at once:
  $ nodeseal-agent join --url … --token-file token --node worker-1 \\
      --kubeconfig /etc/kubernetes/kubelet.conf --server https://api.example:6443 --server-ca-file ca.crt

Safe to run again after anything: the same key, the same certificate, no second use of the token. Where the service refuses
the certificate here (revoked, replaced, unknown, its CA retired), it goes on with a new key.`;

interface JoinFlags extends CertificateFlags {
  readonly url?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly caCertHash?: readonly string[];
  readonly lifetime?: number;
  readonly keyType: KeyType;
  readonly kubeconfig?: string;
  readonly server?: string;
  readonly serverCaFile?: string;
  readonly wait: number;
  readonly force?: boolean;
}

export function addJoinCommand(program: Command, services: AgentServices): void {
  const command = program
    .command("join")
    .summary("trade a bootstrap token for this node's first certificate")
    .description("Trades a bootstrap token for a first certificate, and keeps it in the kubelet's own layout.")
    .option("--url <url>", "the service's https address (default: NODESEAL_URL)")
    .option("--token <token>", "the bootstrap token; other users may see it in a process list, so prefer --token-file")
    .option("--token-file <file>", "file with the token, - for stdin");
  addCertificateOptions(command)
    .option("--ca-file <file>", "CAs that authenticate the service, PEM (default: NODESEAL_CA_FILE)")
    .option(
      "--ca-cert-hash <hash>",
      "pin of a CA, sha256:<hex> of its public key (kubeadm's); repeatable",
      caCertHashOption,
    )
    .option("--lifetime <duration>", "ask for this lifetime; policy may give less", durationOption)
    .option("--key-type <type>", "P-256, P-384, RSA-2048, RSA-3072, RSA-4096 or Ed25519", keyTypeOption, "P-256")
    .option("--kubeconfig <file>", "write a kubeconfig that uses the certificate; needs --server")
    .option("--server <url>", "the Kubernetes API server for --kubeconfig")
    .option("--server-ca-file <file>", "CA of that API server, for --kubeconfig")
    .option("--force", "get another certificate, with a new key, also where the one here is still good")
    .addOption(
      new Option("--wait <duration>", "how long to try, and to wait for approval; 0: one attempt")
        .argParser(durationOption)
        .default(15 * 60, "15m"),
    )
    .addHelpText("after", EXAMPLES)
    .action(async (flags: JoinFlags) => {
      // Linux lets a process overwrite its command line, so the token need not stay visible in "ps".
      if (flags.token !== undefined) process.title = "nodeseal-agent join";
      const { profile, ...plan } = certificatePlan(flags);
      const { environment } = services;
      const url = flags.url ?? environment["NODESEAL_URL"];
      if (!url) throw new UsageError("give the service's address with --url, or in NODESEAL_URL");
      const kubeconfig = kubeconfigFrom(flags, profile);
      const { join } = await import("../commands/join.ts");
      await join(
        {
          url,
          token: tokenFrom(flags.token, flags.tokenFile),
          ...plan,
          keyType: flags.keyType,
          signerName: flags.signer,
          expirationSeconds: flags.lifetime,
          caFile: flags.caFile ?? (environment["NODESEAL_CA_FILE"] || undefined),
          caCertHashes: flags.caCertHash ?? [],
          waitSeconds: flags.wait,
          kubeconfig,
          isForced: flags.force === true,
        },
        services,
      );
    });
}

function kubeconfigFrom(
  { kubeconfig, server, serverCaFile }: JoinFlags,
  { signerName, requiredUsages }: Profile,
): KubeconfigRequest | undefined {
  if ((kubeconfig === undefined) !== (server === undefined)) {
    throw new UsageError("--kubeconfig and --server belong together: the file, and the API server's address in it");
  }
  if (kubeconfig === undefined || server === undefined) return undefined;
  if (!requiredUsages.includes("client auth")) {
    throw new UsageError(
      `--kubeconfig: a certificate of ${signerName} is a server's, and is no client's at any API server`,
    );
  }
  if (!URL.canParse(server) || new URL(server).protocol !== "https:") {
    throw new UsageError("--server must be an https address, like https://api.example:6443");
  }
  return { path: kubeconfig, serverUrl: server, serverCaFile };
}
