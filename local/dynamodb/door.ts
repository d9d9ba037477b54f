import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { LocalCredentials } from "../data/credentials.ts";
import { faultOfCaller } from "../loopback/foreign-caller.ts";
import { BodyTooLargeError, readBody } from "../loopback/request-body.ts";
import { isSignedRequest } from "../request-signature/verification.ts";

/** Who may come in: neither engine looks at signatures itself. */
export interface DynamoDbAccess {
  readonly credentials: LocalCredentials;
  readonly region: string;
}

/** Answers a request whose body was read. */
export type Engine = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;

/** As DynamoDB answers it. */
class DoorError extends Error {
  override readonly name = "DoorError";
  readonly type: string;
  readonly statusCode: number;

  constructor(type: string, message: string, statusCode = 400) {
    super(message);
    this.type = type;
    this.statusCode = statusCode;
  }
}

/**
 * The one way to a local DynamoDB: requests signed with the local credentials. Everybody on this machine can reach
 * 127.0.0.1, web pages in its browsers too, and whoever may write the tables is the CA's administrator.
 */
export function dynamoDbDoor(access: DynamoDbAccess, engine: Engine): RequestListener {
  return (request, response) => {
    admittedBody(request, access).then(
      (body) => engine(request, body, response),
      (error: unknown) => {
        // Anything else is a client that hung up within its request.
        if (error instanceof DoorError) refuse(response, error);
        else request.destroy();
      },
    );
  };
}

/** DynamoDB's own limit. */
const MOST_BODY_BYTES = 16 * 1024 * 1024;

/** @throws DoorError */
async function admittedBody(request: IncomingMessage, { credentials, region }: DynamoDbAccess): Promise<Buffer> {
  const fault = faultOfCaller(request);
  if (fault !== undefined) throw new DoorError("AccessDeniedException", fault, 403);
  const { method = "", url = "", rawHeaders, headers } = request;
  if (headers.authorization === undefined)
    throw new DoorError("MissingAuthenticationTokenException", "Request is missing Authentication Token");
  const body = await readBody(request, MOST_BODY_BYTES).catch((error: unknown) => {
    if (error instanceof BodyTooLargeError)
      throw new DoorError("SerializationException", "the request is over 16 MiB", 413);
    throw error;
  });
  const scope = { credentials, region, service: "dynamodb" };
  if (isSignedRequest({ method, target: url, rawHeaders, body }, scope, new Date())) return body;
  throw new DoorError(
    "InvalidSignatureException",
    "the request is not signed with the credentials of this local service, which its env file holds",
  );
}

function refuse(response: ServerResponse, { type, message, statusCode }: DoorError): void {
  const body = JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message });
  response.writeHead(statusCode, {
    "content-type": "application/x-amz-json-1.0",
    "content-length": Buffer.byteLength(body),
    "x-amzn-requestid": randomUUID(),
    // What was not read of the body is not read any more.
    connection: "close",
  });
  response.end(body);
}
