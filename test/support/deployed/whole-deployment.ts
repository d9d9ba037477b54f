import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ACCOUNT_ID, REGION } from "../../../local/deployment.ts";
import { openTlsCertificates } from "../../../local/data/tls.ts";
import { testRunDirectory } from "../test-run.ts";
import { openAssembly, type Assembly } from "./assembly.ts";

export interface AuthorityGenerations {
  readonly rootGenerations: number;
  readonly issuingGenerations: number;
}

/**
 * The cloud assembly with all that tests call: Kubernetes' API and cluster-info, and an edge that only its own tests reach.
 *
 * @param authority how many keys it brings; by default those of the first generation
 */
export function wholeDeployment(authority?: AuthorityGenerations): Assembly {
  const kubernetes = {
    administratorArns: [`arn:aws:iam::${ACCOUNT_ID}:user/local-administrator`],
    caFile: hostCaFile(),
  };
  const edge = {
    name: "nodes.example.com",
    certificateArn: `arn:aws:acm:us-east-1:${ACCOUNT_ID}:certificate/0b`,
    originCertificateArn: `arn:aws:acm:${REGION}:${ACCOUNT_ID}:certificate/0a`,
  };
  return openAssembly({ accountId: ACCOUNT_ID, region: REGION }, { kubernetes, edge, ...(authority && { authority }) });
}

/** A CA of this run, the same for all its files: a configuration that names another one would be another assembly. */
function hostCaFile(): string {
  const shared = testRunDirectory("host-ca");
  const directory = shared ?? mkdtempSync(join(tmpdir(), "nodeseal-ca-"));
  const file = join(directory, "ca.pem");
  if (!existsSync(file)) {
    const own = mkdtempSync(join(directory, "making-"));
    const { caCertificatePem } = openTlsCertificates(join(own, "tls.json"), new Date());
    writeFileSync(join(own, "ca.pem"), caCertificatePem);
    renameSync(join(own, "ca.pem"), file);
    rmSync(own, { recursive: true });
  }
  if (shared === undefined) process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  return file;
}
