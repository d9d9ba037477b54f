import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { LocalCredentials } from "../data/credentials.ts";
import { localAdministrator } from "../front-door/iam-caller.ts";
import { faultOfCaller } from "../loopback/foreign-caller.ts";
import { closeServer, listenOnLoopback } from "../loopback/loopback-server.ts";
import { isPresignedRequest } from "../request-signature/presigned.ts";

export interface LocalStsOptions {
  readonly credentials: LocalCredentials;
  /** Twelve digits. */
  readonly accountId: string;
  readonly clock?: () => Date;
}

export interface LocalSts {
  readonly start: () => Promise<{ readonly url: string }>;
  readonly close: () => Promise<void>;
}

/** STS accepts a presigned GetCallerIdentity for 15 minutes, whatever its `X-Amz-Expires` says. */
const TOLERANCE_MS = 15 * 60 * 1000;

/** A presigned request is sent on with the host that was signed, as the real STS wants it. */
const STS_HOST = /^sts(?:\.[a-z0-9-]+)?\.amazonaws\.com$/;

/**
 * An STS of one account, on a free port of 127.0.0.1. It only answers who signed a presigned request
 * (GetCallerIdentity).
 */
export function localSts({ credentials, accountId, clock = () => new Date() }: LocalStsOptions): LocalSts {
  const server = createServer((request, response) => {
    const { method = "", url = "", rawHeaders } = request;
    const isSigned = isPresignedRequest(
      { method, target: url, rawHeaders },
      { service: "sts", credentials },
      clock(),
      TOLERANCE_MS,
    );
    if (faultOfCaller(request, STS_HOST) !== undefined || !isSigned || !isCallerIdentity(request)) {
      send(response, 403, { Error: { Code: "SignatureDoesNotMatch", Message: "", Type: "Sender" } });
      return;
    }
    const { userArn, userId } = localAdministrator(credentials, accountId);
    send(response, 200, {
      GetCallerIdentityResponse: {
        GetCallerIdentityResult: { Account: accountId, Arn: userArn, UserId: userId },
        ResponseMetadata: { RequestId: randomUUID() },
      },
    });
  });
  return {
    start: async () => ({ url: `http://127.0.0.1:${await listenOnLoopback(server, 0)}` }),
    close: () => closeServer(server),
  };
}

function isCallerIdentity({ method, url = "" }: IncomingMessage): boolean {
  const query = new URLSearchParams(url.split("?")[1]);
  return method === "GET" && query.get("Action") === "GetCallerIdentity";
}

function send(response: ServerResponse, statusCode: number, answer: object): void {
  const body = JSON.stringify(answer);
  response.writeHead(statusCode, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}
