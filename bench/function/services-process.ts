import { createServer } from "node:http";
import { createToken } from "../../core/token/create-token.ts";
import { encodeBootstrapToken, randomBootstrapToken } from "../../core/token/bootstrap-token.ts";
import { closeServer, listenOnLoopback } from "../../local/loopback/loopback-server.ts";
import { benchDeployment, TABLES } from "../deployment.ts";
import type { BenchServices } from "./measured-process.ts";

/**
 * DynamoDB and KMS in a process of their own, so that their work is not counted as the function's; and a server that
 * does nothing, for the floor. Sends what the function has to know, and ends with its parent.
 */
const { services, close } = await benchDeployment();
const request = {
  ...{ groups: undefined, ttlSeconds: undefined, expiration: undefined, maxUses: undefined, usages: undefined },
  ...{ nodeNames: [], sourceCidrs: [], allowReplace: false, description: "" },
};
const { token } = await createToken({ ...services, newToken: randomBootstrapToken }, request, "bench");

/** Answers with as many octets as the query asks for. */
const idle = createServer((incoming, response) => {
  incoming.resume().on("end", () => {
    const length = Number(incoming.url?.slice(1));
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0", "content-length": length });
    response.end("x".repeat(length));
  });
});
const floorUrl = `http://127.0.0.1:${await listenOnLoopback(idle, 0)}`;

const names = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
const endpoints = ["AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL_DYNAMODB"];
const aws = Object.fromEntries([...names, ...endpoints].map((name) => [name, process.env[name] ?? ""]));
const tables = Object.fromEntries(
  Object.entries(TABLES).map(([kind, name]) => [`${kind.toUpperCase()}_TABLE_NAME`, name]),
);
const said: BenchServices = { environment: { ...aws, ...tables }, floorUrl, token: encodeBootstrapToken(token) };
process.send?.(said);
process.once("disconnect", () => {
  void Promise.all([closeServer(idle), close()]).then(() => process.exit(0));
});
