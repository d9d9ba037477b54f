import { gunzipSync } from "node:zlib";
import type { CloudWatchLogsDecodedData, CloudWatchLogsEvent } from "aws-lambda";
import type { LogLine } from "../../core/audit/service-event.ts";

/** CloudWatch Logs sends at most a megabyte, compressed. No genuine batch unpacks to more than this. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The JSON lines of one batch. Empty for the control message with which CloudWatch Logs tests the connection. Lines
 * that the Lambda runtime writes itself are skipped.
 *
 * @throws Error when the batch cannot be unpacked
 */
export function linesOf({ awslogs }: CloudWatchLogsEvent): readonly LogLine[] {
  const unpacked = gunzipSync(Buffer.from(awslogs.data, "base64"), { maxOutputLength: MAX_BYTES });
  const { messageType, logEvents } = JSON.parse(unpacked.toString("utf8")) as CloudWatchLogsDecodedData;
  if (messageType !== "DATA_MESSAGE") return [];
  return logEvents.flatMap(({ id, timestamp, message }) => {
    const members = jsonObject(message);
    return members === undefined ? [] : [{ id, at: new Date(timestamp), members }];
  });
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
