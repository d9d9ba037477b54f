import { gzipSync } from "node:zlib";
import type { CloudWatchLogsDecodedData, CloudWatchLogsEvent } from "aws-lambda";

/** Lines of a log as CloudWatch Logs hands them to a function. */
export function logBatch(
  messages: readonly string[],
  { messageType = "DATA_MESSAGE", firstId = 1 } = {},
): CloudWatchLogsEvent {
  const decoded: CloudWatchLogsDecodedData = {
    owner: "111122223333",
    logGroup: "node-api",
    logStream: "2026/11/24/[$LATEST]94fa867e5374431291a7fc14e2f56ae7",
    subscriptionFilters: ["NodeApi"],
    messageType,
    // Ids have 56 digits, the same whenever a line is delivered again.
    logEvents: messages.map((message, index) => ({
      id: String(firstId + index).padStart(56, "3"),
      timestamp: Date.UTC(2026, 10, 24, 12) + index,
      message,
    })),
  };
  return { awslogs: { data: gzipSync(JSON.stringify(decoded)).toString("base64") } };
}
