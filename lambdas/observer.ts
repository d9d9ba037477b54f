import { Logger } from "@aws-lambda-powertools/logger";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import type { Audit, AuditEvent } from "../core/audit/audit-event.ts";
import type { RefusalError } from "../core/refusal.ts";

/**
 * Sees every request. Metrics are counted from its lines (infra/constructs/monitoring/log-metrics.ts). It writes only
 * the members listed here: an event holds tokens and credentials.
 */
export interface Observer {
  readonly audit: Audit;
  begin(event: APIGatewayProxyEventV2, context: Context): void;
  end(event: APIGatewayProxyEventV2, statusCode: number): void;
  refused(refusal: RefusalError): void;
  failed(error: unknown): void;
}

export interface ObserverOptions {
  /** The function's name in the log: `node-api`. */
  readonly service: string;
}

export function powertoolsObserver({ service }: ObserverOptions): Observer {
  const logger = new Logger({ serviceName: service });
  return {
    audit(event) {
      logger.info(event.event, { ...event });
    },
    begin({ requestContext }, { awsRequestId }) {
      logger.resetKeys();
      const { requestId, http } = requestContext;
      logger.appendKeys({ requestId, lambdaRequestId: awsRequestId, sourceIp: http.sourceIp });
    },
    end({ routeKey }, statusCode) {
      logger.info("request", { routeKey, statusCode });
    },
    refused({ code, rule, field }) {
      const event: AuditEvent = {
        event: "request_refused",
        refusalCode: code,
        ...(rule === undefined ? {} : { rule }),
        ...(field === undefined ? {} : { field }),
      };
      logger.info(event.event, { ...event });
    },
    failed(error) {
      logger.error("request_failed", describeFailure(error));
    },
  };
}

/** Name, message and stack of our own errors. Never the properties of SDK errors (`$response` holds headers). */
function describeFailure(error: unknown): Record<string, string | undefined> {
  return error instanceof Error
    ? { errorName: error.name, errorMessage: error.message, stack: error.stack }
    : { errorName: typeof error };
}
