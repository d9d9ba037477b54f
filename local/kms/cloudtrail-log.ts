import { randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { KmsAccount } from "./key-reference.ts";

/** A request to use a key, as far as CloudTrail tells it. Never the message, nor the signature. */
export interface LoggedCall {
  readonly at: Date;
  /** As it was asked: `Sign`. */
  readonly eventName: string;
  /** What the answer's header said. */
  readonly requestId: string;
  readonly accessKeyId: string;
  readonly userAgent: string;
  readonly sourceIpAddress: string;
  readonly requestParameters: Readonly<Record<string, unknown>>;
  /** Undefined where the request was refused before the key was found. */
  readonly keyArn: string | undefined;
  /** Undefined: it was done. */
  readonly errorCode?: string | undefined;
}

export interface CloudTrailLogOptions extends KmsAccount {
  /** It is made when the first call is logged. */
  readonly directory: string;
  /** Of whoever has the only access key. */
  readonly principalArn: string;
}

export interface CloudTrailLog {
  readonly write: (call: LoggedCall) => void;
  readonly close: () => void;
}

const START = '{"Records":[';
const END = "]}\n";

/**
 * Log files as CloudTrail puts them in a bucket, uncompressed: a file for each day and start. After each write the file is
 * whole JSON, so that it can be read while the service runs, and after it was killed.
 */
export function cloudTrailLog(options: CloudTrailLogOptions): CloudTrailLog {
  let open: { readonly file: number; readonly day: string; end: number; isEmpty: boolean } | undefined;
  const close = (): void => {
    if (open !== undefined) closeSync(open.file);
    open = undefined;
  };
  return {
    write: (call) => {
      const day = call.at.toISOString().slice(0, 10);
      if (open?.day !== day) {
        close();
        open = { file: newFile(options.directory, nameAt(call.at, options)), day, end: START.length, isEmpty: true };
      }
      const text = `${open.isEmpty ? "" : ","}\n${JSON.stringify(recordOf(call, options))}`;
      writeSync(open.file, text + END, open.end);
      open.end += Buffer.byteLength(text);
      open.isEmpty = false;
    },
    close,
  };
}

function newFile(directory: string, name: string): number {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = openSync(join(directory, name), "wx", 0o600);
  writeSync(file, START + END, 0);
  return file;
}

/** As CloudTrail names its files: account, region, time, and something unique. */
function nameAt(at: Date, { region, accountId }: KmsAccount): string {
  const time = at
    .toISOString()
    .replace(/[-:]|:\d\d\.\d{3}/g, "")
    .slice(0, 13);
  return `${accountId}_CloudTrail_${region}_${time}Z_${randomUUID().replaceAll("-", "").slice(0, 16)}.json`;
}

/** The members of a record that are always there, and those of KMS. */
function recordOf(call: LoggedCall, { region, accountId, principalArn }: CloudTrailLogOptions): object {
  return {
    eventVersion: "1.11",
    userIdentity: {
      type: "IAMUser",
      principalId: call.accessKeyId,
      arn: principalArn,
      accountId,
      accessKeyId: call.accessKeyId,
    },
    eventTime: call.at.toISOString().replace(/\.\d{3}Z$/, "Z"),
    eventSource: "kms.amazonaws.com",
    eventName: call.eventName,
    awsRegion: region,
    sourceIPAddress: call.sourceIpAddress,
    userAgent: call.userAgent,
    ...(call.errorCode === undefined ? {} : { errorCode: call.errorCode }),
    requestParameters: call.requestParameters,
    responseElements: null,
    requestID: call.requestId,
    eventID: randomUUID(),
    readOnly: true,
    resources: call.keyArn === undefined ? [] : [{ accountId, type: "AWS::KMS::Key", ARN: call.keyArn }],
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: "Management",
  };
}
