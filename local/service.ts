import { randomInt } from "node:crypto";
import { join } from "node:path";
import { spkiSha256 } from "../core/authority/authority.ts";
import { parseCertificate } from "../core/certificate/certificate.ts";
import { parsePem } from "../core/asn1/pem.ts";
import type { AuthorityStore } from "../core/authority/authority-store.ts";
import type { DeploymentConfiguration } from "../infra/configuration/deployment-configuration.ts";
import type { Policy } from "../core/policy/policy.ts";
import { revocationListEnvironment } from "../infra/configuration/revocation-lists.ts";
import { accessLine } from "./front-door/access-line.ts";
import { localAdministrator } from "./front-door/iam-caller.ts";
import { frontDoor } from "./front-door/server.ts";
import { openCredentials, type LocalCredentials } from "./data/credentials.ts";
import { openDataDirectory, type DataDirectory } from "./data/data-directory.ts";
import { ACCOUNT_ID, REGION, TABLE_NAMES, type LocalDeployment } from "./deployment.ts";
import { startLocalDynamoDb } from "./dynamodb/local-dynamodb.ts";
import { writeEnvironmentFile } from "./data/environment-file.ts";
import { writePrograms } from "./data/programs.ts";
import { firstToken } from "./first-token.ts";
import { cloudTrailLog } from "./kms/cloudtrail-log.ts";
import { localKms } from "./kms/server.ts";
import { trustBundlePem, type ProvisionedFiles } from "./provision.ts";
import { writePrivateFile } from "./data/private-file.ts";
import { localSts } from "./sts/server.ts";
import { openTlsCertificates, type TlsCertificates } from "./data/tls.ts";

export interface LocalServiceOptions {
  readonly port: number;
  readonly dataDirectory: string;
  readonly usesAmazonDynamoDb: boolean;
  readonly kmsLatencyMs: number;
  readonly configuration: DeploymentConfiguration;
  readonly deployment: LocalDeployment;
  /** Where this installation has its launchers. */
  readonly binDirectory: string;
  readonly print: (line: string) => void;
  readonly hasColour: boolean;
}

export interface LocalService {
  readonly url: string;
  /** Obtains a first certificate when pasted into another terminal. */
  readonly joinCommand: string;
  readonly close: () => Promise<void>;
}

/**
 * Starts substitutes for a deployment's AWS services, and then the functions that a deployment runs, with their own
 * composition roots: only endpoints differ. If a step fails, everything that was started is closed.
 *
 * @throws StartError
 */
export async function startLocalService(options: LocalServiceOptions): Promise<LocalService> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const closeOne of closers.splice(0).reverse()) await closeOne();
  };
  try {
    const directory = openDataDirectory(options.dataDirectory);
    closers.push(directory.unlock);
    const credentials = openCredentials(directory.file("credentials.json"));
    const tls = openTlsCertificates(directory.file("tls.json"), new Date());
    await startAws(options, directory, credentials, closers);
    closers.push(options.deployment.close);
    const files = provisionedFiles(directory);
    const authorities = await options.deployment.provision(options.configuration, files);
    files.writeTrustBundle(await trustBundlePem(authorities));
    const door = await openDoor(options, tls, credentials, authorities);
    closers.push(door.close);
    const { url } = await door.start();
    writePrograms(directory.file(PROGRAM_FOLDER), options.binDirectory);
    writeEnvironment(directory, url, credentials);
    return { url, close, joinCommand: await printableJoinCommand(url, directory, tls, options.configuration.policy) };
  } catch (error) {
    await close();
    throw error;
  }
}

function provisionedFiles({ file }: DataDirectory): ProvisionedFiles {
  return {
    writeTrustBundle: (pem) => writePrivateFile(file("trust-bundle.pem"), pem),
    writeRequest: (authorityId, pem) => {
      const path = file(`${authorityId}.csr`);
      writePrivateFile(path, pem);
      return path;
    },
  };
}

/** Starts KMS and DynamoDB, and returns the environment by which the SDK finds them. */
async function startAws(
  { usesAmazonDynamoDb, kmsLatencyMs, print }: LocalServiceOptions,
  directory: DataDirectory,
  credentials: LocalCredentials,
  closers: (() => Promise<void> | void)[],
): Promise<void> {
  const kms = localKms({
    file: directory.file("kms.json"),
    region: REGION,
    accountId: ACCOUNT_ID,
    credentials,
    latencyMs: kmsLatencyMs,
    log: cloudTrailLog({
      directory: directory.file("cloudtrail"),
      region: REGION,
      accountId: ACCOUNT_ID,
      principalArn: localAdministrator(credentials, ACCOUNT_ID).userArn,
    }),
  });
  const { url: kmsUrl } = await kms.start();
  closers.push(kms.close);
  const engine = usesAmazonDynamoDb ? "dynamodb-local" : "dynalite";
  const database = await startLocalDynamoDb({
    directory: directory.file(engine),
    engine,
    credentials,
    region: REGION,
  });
  closers.push(database.close);
  if (database.warning !== undefined) print(database.warning);
  const sts = localSts({ credentials, accountId: ACCOUNT_ID });
  const { url: stsUrl } = await sts.start();
  closers.push(sts.close);
  Object.assign(process.env, {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_KMS: kmsUrl,
    AWS_ENDPOINT_URL_DYNAMODB: database.url,
    AWS_ENDPOINT_URL_STS: stsUrl,
  });
  // A session token or profile of the developer must not be sent with the local key.
  for (const name of ["AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"])
    Reflect.deleteProperty(process.env, name);
}

async function openDoor(
  options: LocalServiceOptions,
  tls: TlsCertificates,
  credentials: LocalCredentials,
  authorities: AuthorityStore,
) {
  const policyFile = join(options.dataDirectory, "policy.json");
  writePrivateFile(policyFile, `${JSON.stringify(options.configuration.policy, undefined, 2)}\n`);
  const caFile = join(options.dataDirectory, CA_FILE);
  writePrivateFile(caFile, tls.caCertificatePem);
  const functions = await options.deployment.load({
    POLICY_FILE: policyFile,
    TLS_CA_CERT_HASHES: tlsCaHash(tls),
    KUBERNETES_ADMINISTRATORS: localAdministrator(credentials, ACCOUNT_ID).userArn,
    KUBERNETES_CA_FILE: caFile,
    ...revocationListEnvironment(options.configuration.revocationLists),
  });
  return frontDoor({
    port: options.port,
    tls: { certificateChainPem: tls.serverCertificatePem + tls.caCertificatePem, keyPem: tls.serverKeyPem },
    functions,
    trustBundle: () => trustBundlePem(authorities),
    credentials,
    region: REGION,
    accountId: ACCOUNT_ID,
    onAccess: (entry) => options.print(accessLine(entry, options.hasColour)),
  });
}

/** The CA that authenticates the front door. */
const CA_FILE = "ca.pem";

/** For the PATH of a terminal. */
const PROGRAM_FOLDER = "bin";

function writeEnvironment(directory: DataDirectory, url: string, credentials: LocalCredentials): void {
  writeEnvironmentFile(directory.file("env"), {
    url,
    caFile: directory.file(CA_FILE),
    trustBundleFile: directory.file("trust-bundle.pem"),
    credentials,
    region: REGION,
    programDirectory: directory.file(PROGRAM_FOLDER),
  });
}

/** A new name at each start: the node of the last start may still hold its name. */
async function printableJoinCommand(
  url: string,
  directory: DataDirectory,
  tls: TlsCertificates,
  policy: Policy,
): Promise<string> {
  const nodeName = `node-${randomInt(36 ** 3, 36 ** 4).toString(36)}`;
  return firstToken({
    policy,
    url,
    nodeName,
    tokensTableName: TABLE_NAMES.tokens,
    caCertHash: tlsCaHash(tls),
    directory: directory.file("nodes", nodeName),
    agent: directory.file(PROGRAM_FOLDER, "nodeseal-agent"),
  });
}

/** kubeadm's pin (K2.4): the CA that signs the front door's certificate. */
function tlsCaHash({ caCertificatePem }: TlsCertificates): string {
  return `sha256:${spkiSha256(parseCertificate(parsePem(caCertificatePem, "CERTIFICATE")).spki)}`;
}
