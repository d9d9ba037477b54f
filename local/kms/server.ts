import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { isJsonObject, stringMember } from "../../core/input/json-object.ts";
import type { LocalCredentials } from "../data/credentials.ts";
import { faultOfCaller } from "../loopback/foreign-caller.ts";
import { closeServer, listenOnLoopback } from "../loopback/loopback-server.ts";
import { readBody } from "../loopback/request-body.ts";
import { isSignedRequest } from "../request-signature/verification.ts";
import type { CloudTrailLog } from "./cloudtrail-log.ts";
import { createAlias, listAliases, updateAlias } from "./alias-operations.ts";
import { createKey, describeKey, getPublicKey, sign } from "./key-operations.ts";
import { cancelKeyDeletion, disableKey, enableKey, scheduleKeyDeletion } from "./key-state-operations.ts";
import { openKeyStore } from "./key-store.ts";
import { KmsError } from "./kms-error.ts";
import type { KmsOperation, KmsServices } from "./operation.ts";
import type { RequestMembers } from "./request-members.ts";

const OPERATIONS: Readonly<Record<string, KmsOperation>> = {
  CancelKeyDeletion: cancelKeyDeletion,
  CreateAlias: createAlias,
  CreateKey: createKey,
  DescribeKey: describeKey,
  DisableKey: disableKey,
  EnableKey: enableKey,
  GetPublicKey: getPublicKey,
  ListAliases: listAliases,
  ScheduleKeyDeletion: scheduleKeyDeletion,
  Sign: sign,
  UpdateAlias: updateAlias,
};

export interface LocalKmsOptions {
  /** Where the private keys are kept, readable by the owner only. */
  readonly file: string;
  readonly region: string;
  /** Twelve digits. */
  readonly accountId: string;
  /** When given, requests must be signed with them: other users of this machine, and web pages in its browsers, can then not have things signed. */
  readonly credentials?: LocalCredentials;
  /** Holds every answer back for so long, to measure what the real service's distance costs. */
  readonly latencyMs?: number;
  readonly clock?: () => Date;
  /** Told of each request to sign, as CloudTrail is. It is closed with the server. */
  readonly log?: CloudTrailLog;
  /** Told of faults of our own (a full disk): the client only learns that there was one. */
  readonly onFault?: (error: unknown) => void;
}

export interface LocalKms {
  /** @throws StartError when the key file is damaged */
  readonly start: () => Promise<{ readonly url: string }>;
  readonly close: () => Promise<void>;
}

/** A KMS of one account and region that speaks the service's own protocol (AWS JSON 1.1) on a free port of 127.0.0.1. */
export function localKms(options: LocalKmsOptions): LocalKms {
  const { file, region, accountId, clock = () => new Date() } = options;
  let services: KmsServices | undefined;
  const server = createServer((request, response) => {
    void answer(request, response, services, options);
  });
  return {
    start: async () => {
      services = { store: openKeyStore(file, clock()), account: { region, accountId }, clock };
      return { url: `http://127.0.0.1:${await listenOnLoopback(server, 0)}` };
    },
    close: async () => {
      await closeServer(server);
      options.log?.close();
    },
  };
}

/** Four times the longest body of any operation here (a policy of 32 KiB, or a message in base64). */
const MOST_BODY_BYTES = 128 * 1024;

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  services: KmsServices | undefined,
  options: LocalKmsOptions,
): Promise<void> {
  const requestId = randomUUID();
  try {
    const fault = faultOfCaller(request);
    if (fault !== undefined) throw new KmsError("AccessDeniedException", fault, 403);
    const body = await readBody(request, MOST_BODY_BYTES);
    if (services === undefined) throw new KmsError("KMSInternalException", "The local KMS has not started.", 500);
    assertSigned(request, body, options, services.clock());
    const output = await logged(request, requestId, parseMembers(body), services, options);
    await sleep(options.latencyMs ?? 0);
    send(response, 200, requestId, output);
  } catch (error) {
    if (!(error instanceof KmsError)) (options.onFault ?? console.error)(error);
    const { type, message, statusCode } =
      error instanceof KmsError ? error : new KmsError("KMSInternalException", "The local KMS failed.", 500);
    send(response, statusCode, requestId, { __type: type, message });
  }
}

/** Runs the operation, and logs it before anybody hears of its result where it asks for a signature. */
async function logged(
  request: IncomingMessage,
  requestId: string,
  members: RequestMembers,
  services: KmsServices,
  { log }: LocalKmsOptions,
): Promise<object | undefined> {
  const operation = operationOf(request);
  if (log === undefined || operation !== sign) return operation(members, services);
  const call = {
    at: services.clock(),
    eventName: "Sign",
    requestId,
    accessKeyId: /Credential=(\w+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "unsigned",
    userAgent: request.headers["user-agent"] ?? "",
    sourceIpAddress: request.socket.remoteAddress ?? "",
    requestParameters: {
      keyId: members["KeyId"],
      messageType: members["MessageType"],
      signingAlgorithm: members["SigningAlgorithm"],
    },
  };
  try {
    const output = await operation(members, services);
    log.write({ ...call, keyArn: isJsonObject(output) ? stringMember(output, "KeyId") : undefined });
    return output;
  } catch (error) {
    if (error instanceof KmsError) log.write({ ...call, keyArn: undefined, errorCode: error.type });
    throw error;
  }
}

function operationOf({ method, headers }: IncomingMessage): KmsOperation {
  const [service, name = ""] = String(headers["x-amz-target"]).split(".");
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (method !== "POST" || service !== "TrentService" || operation === undefined)
    throw new KmsError("UnknownOperationException", "");
  return operation;
}

function parseMembers(body: Buffer): RequestMembers {
  try {
    const members: unknown = JSON.parse(body.toString("utf8"));
    if (typeof members === "object" && members !== null && !Array.isArray(members)) return { ...members };
  } catch {
    // Not JSON is answered like JSON that is no object.
  }
  throw new KmsError("SerializationException", "");
}

function assertSigned(
  { method = "", url = "", rawHeaders, headers }: IncomingMessage,
  body: Buffer,
  { credentials, region }: LocalKmsOptions,
  now: Date,
): void {
  if (credentials === undefined) return;
  if (headers.authorization === undefined)
    throw new KmsError("MissingAuthenticationTokenException", "Request is missing Authentication Token");
  const scope = { credentials, region, service: "kms" };
  if (!isSignedRequest({ method, target: url, rawHeaders, body }, scope, now)) {
    throw new KmsError(
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    );
  }
}

function send(response: ServerResponse, statusCode: number, requestId: string, output: object | undefined): void {
  const body = output === undefined ? "" : JSON.stringify(output);
  response.writeHead(statusCode, {
    "content-type": "application/x-amz-json-1.1",
    "content-length": Buffer.byteLength(body),
    "x-amzn-requestid": requestId,
  });
  response.end(body);
}
