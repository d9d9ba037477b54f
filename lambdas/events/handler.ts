import type { CloudWatchLogsEvent } from "aws-lambda";
import type { EventPublisher, RejectedEvent } from "../../core/audit/event-publisher.ts";
import { serviceEventOf, type LogLine, type ServiceEvent } from "../../core/audit/service-event.ts";
import { linesOf } from "./log-batch.ts";

export interface EventsServices {
  readonly clusterName: string;
  readonly publisher: EventPublisher;
  /** Tells of an event that is lost: the line it would have been made from stays in the log. */
  readonly lost: (event: RejectedEvent) => void;
}

export type EventsHandler = (event: CloudWatchLogsEvent) => Promise<void>;

/**
 * Makes events of lines of the audit log. Called asynchronously: what it throws brings the whole batch back twice, and
 * then into the queue for people. One line that cannot be read never holds up the others.
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

/** A line may be of another version: of the one before an upgrade, or after a rollback. */
function readable(line: LogLine, clusterName: string): ServiceEvent | Error | undefined {
  try {
    return serviceEventOf(line, clusterName);
  } catch (error) {
    return error instanceof Error ? error : new Error("unreadable");
  }
}
