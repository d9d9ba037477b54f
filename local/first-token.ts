import { relative } from "node:path";
import { dynamoDbClient } from "../adapters/dynamodb/client.ts";
import { dynamoDbTokenStore } from "../adapters/dynamodb/token/token-store.ts";
import { randomBootstrapToken } from "../core/token/bootstrap-token.ts";
import { createToken } from "../core/token/create-token.ts";
import { joinCommand } from "../lambdas/admin-api/join-command.ts";

export interface FirstTokenOptions {
  readonly url: string;
  readonly nodeName: string;
  readonly tokensTableName: string;
  /** `sha256:…` */
  readonly caCertHash: string;
  /** Where the node will keep its certificate: not the directory of a real kubelet on this machine. */
  readonly directory: string;
}

/** Makes a token for one node, and returns the command that uses it. */
export async function firstToken({
  url,
  nodeName,
  tokensTableName,
  caCertHash,
  directory,
}: FirstTokenOptions): Promise<string> {
  const client = dynamoDbClient();
  const services = {
    tokens: dynamoDbTokenStore({ client, tableName: tokensTableName }),
    clock: () => new Date(),
    newToken: randomBootstrapToken,
    audit: () => undefined,
  };
  const request = {
    groups: undefined,
    ttlSeconds: undefined,
    expiration: undefined,
    maxUses: 1,
    nodeNames: [nodeName],
    usages: undefined,
    sourceCidrs: [],
    allowReplace: false,
    description: "printed by npm start",
  };
  const { token } = await createToken(services, request, "npm start");
  client.destroy();
  const near = relative(process.cwd(), directory);
  const target = near.startsWith("..") ? directory : near;
  return `${joinCommand({ url, token, nodeNames: [nodeName], caCertHashes: [caCertHash] })} --dir ${shellWord(target)}`;
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
