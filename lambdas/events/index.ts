import { setTimeout as sleep } from "node:timers/promises";
import { Logger } from "@aws-lambda-powertools/logger";
import { eventBridgePublisher } from "../../adapters/eventbridge/event-publisher.ts";
import { signedRequest } from "../../adapters/signed-request.ts";
import { readEnvironment } from "../configuration.ts";
import { EVENTS_VARIABLES } from "./environment.ts";
import { eventsHandler } from "./handler.ts";

const logger = new Logger({ serviceName: "events" });
const environment = readEnvironment(process.env, [...EVENTS_VARIABLES, "AWS_REGION"]);
const region = environment.AWS_REGION;
const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";

export const handler = eventsHandler({
  clusterName: environment.CLUSTER_NAME,
  publisher: eventBridgePublisher({
    request: signedRequest({ service: "events", region }),
    endpoint: process.env["AWS_ENDPOINT_URL_EVENTBRIDGE"] ?? `https://events.${region}.${domain}`,
    busName: environment.EVENT_BUS_NAME,
    sleep,
  }),
  lost: (event) => logger.error("event_lost", { ...event }),
});
