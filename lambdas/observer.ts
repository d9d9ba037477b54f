import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import type { Audit, AuditEvent } from "../core/audit-event.ts";
import type { RefusalError } from "../core/refusal.ts";

/** Sees every request. Writes the members listed here and no others: an event holds tokens and credentials. */
export interface Observer {
  readonly audit: Audit;
  begin(event: APIGatewayProxyEventV2, context: Context): void;
  end(event: APIGatewayProxyEventV2, statusCode: number): void;
  refused(refusal: RefusalError): void;
  failed(error: unknown): void;
}

export interface ObserverOptions {
  /** The function's name in logs and metrics: `node-api`. */
  readonly service: string;
}

const METRICS: Partial<Record<AuditEvent["event"], string>> = {
  certificate_issued: "CertificatesIssued",
  request_pending: "RequestsPending",
  certificate_recovered: "CertificatesRecovered",
  certificate_revoked: "CertificatesRevoked",
  certificate_superseded_used: "SupersededCertificatesUsed",
  token_created: "TokensCreated",
};

export function powertoolsObserver({ service }: ObserverOptions): Observer {
  const logger = new Logger({ serviceName: service });
  const metrics = new Metrics({ namespace: "Nodeseal", serviceName: service });
  return {
    audit(event) {
      logger.info(event.event, { ...event });
      const metric = METRICS[event.event];
      if (metric !== undefined) metrics.addMetric(metric, MetricUnit.Count, 1);
    },
    begin({ requestContext }, { awsRequestId }) {
      logger.resetKeys();
      const { requestId, http } = requestContext;
      logger.appendKeys({ requestId, lambdaRequestId: awsRequestId, sourceIp: http.sourceIp });
    },
    end({ routeKey }, statusCode) {
      logger.info("request", { routeKey, statusCode });
      metrics.addMetric(statusCode >= 500 ? "Failures" : "Answers", MetricUnit.Count, 1);
      metrics.publishStoredMetrics();
    },
    refused({ code, rule, field }) {
      const event: AuditEvent = {
        event: "request_refused",
        refusalCode: code,
        ...(rule === undefined ? {} : { rule }),
        ...(field === undefined ? {} : { field }),
      };
      logger.info(event.event, { ...event });
      metrics.addMetric(`Refused.${code}`, MetricUnit.Count, 1);
    },
    failed(error) {
      logger.error("request_failed", describeFailure(error));
    },
  };
}

/** Name, message and stack of our own errors; never the properties SDK errors carry (`$response` holds headers). */
function describeFailure(error: unknown): Record<string, string | undefined> {
  return error instanceof Error
    ? { errorName: error.name, errorMessage: error.message, stack: error.stack }
    : { errorName: typeof error };
}
