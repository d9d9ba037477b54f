import { dynamoDbClient } from "../adapters/dynamodb/client.ts";
import { dynamoDbTokenStore } from "../adapters/dynamodb/token/token-store.ts";
import { encodeBootstrapToken, randomBootstrapToken } from "../core/token/bootstrap-token.ts";
import type { Policy } from "../core/policy/policy.ts";
import { createToken } from "../core/token/create-token.ts";
import { joinArguments, shellWord } from "../lambdas/admin-api/join/join-command.ts";

export interface FirstTokenOptions {
  readonly policy: Policy;
  readonly url: string;
  readonly nodeName: string;
  readonly tokensTableName: string;
  /** `sha256:…` */
  readonly caCertHash: string;
  /** Absolute: where the node will keep its certificate. Not the directory of a real kubelet on this machine. */
  readonly directory: string;
  /** The absolute path of the agent on this machine. */
  readonly agent: string;
}

/**
 * Makes a token for one node, and returns the line that uses it: in sh, bash, zsh and fish, wherever the terminal
 * stands. `printf` is a part of each of these shells, so that the token is in no list of processes.
 */
export async function firstToken({
  policy,
  url,
  nodeName,
  tokensTableName,
  caCertHash,
  directory,
  agent,
}: FirstTokenOptions): Promise<string> {
  const client = dynamoDbClient();
  const services = {
    policy,
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
  const join = joinArguments({ url, nodeNames: [nodeName], caCertHashes: [caCertHash] });
  return [
    `printf '%s\\n' ${encodeBootstrapToken(token)} |`,
    `${shellWord(agent)} ${join} --token-file - --dir ${shellWord(directory)}`,
  ].join(" ");
}
