import type { CloudWatchLogsEvent } from "aws-lambda";
import type { EventPublisher, RejectedEvent } from "../../core/audit/event-publisher.ts";
import { serviceEventOf, type LogLine, type ServiceEvent } from "../../core/audit/service-event.ts";
import { linesOf } from "./log-batch.ts";

export interface EventsServices {
  readonly clusterName: string;
  readonly publisher: EventPublisher;
  /** Reports a lost event. The log line it came from is kept. */
  readonly lost: (event: RejectedEvent) => void;
}

export type EventsHandler = (event: CloudWatchLogsEvent) => Promise<void>;

/**
 * Makes events from lines of the audit log. It is called asynchronously: after an error the whole batch is retried
 * twice, then goes to the dead-letter queue. A line that cannot be read never holds up the others.
 */
export function eventsHandler({ clusterName, publisher, lost }: EventsServices): EventsHandler {
  return async (batch) => {
    const events = linesOf(batch).flatMap((line) => {
      const event = readable(line, clusterName);
      if (event instanceof Error) lost({ id: line.id, reason: "Unreadable" });
      return event === undefined || event instanceof Error ? [] : [event];
    });
    if (events.length === 0) return;
    for (const rejected of await publisher.publish(events)) lost(rejected);
  };
}

/** Another version may have written the line: the one before an upgrade, or after a rollback. */
function readable(line: LogLine, clusterName: string): ServiceEvent | Error | undefined {
  try {
    return serviceEventOf(line, clusterName);
  } catch (error) {
    return error instanceof Error ? error : new Error("unreadable");
  }
}
