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
  /** For runs that answer no request: writes the metrics of what was seen. */
  finish(): void;
}

export interface ObserverOptions {
  /** The function's name in logs and metrics: `node-api`. */
  readonly service: string;
}

/**
 * `AuthorityDaysLeft`: one value for each active CA, so that its minimum is the first that ends. By generation it is in
 * the log, as `daysLeft` of `authority_days_left`.
 */
const DAYS_LEFT_METRIC = "AuthorityDaysLeft";

const METRICS: Partial<Record<AuditEvent["event"], string>> = {
  certificate_issued: "CertificatesIssued",
  request_pending: "RequestsPending",
  certificate_recovered: "CertificatesRecovered",
  certificate_revoked: "CertificatesRevoked",
  certificate_superseded_used: "SupersededCertificatesUsed",
  token_created: "TokensCreated",
  authority_expires_soon: "AuthoritiesExpiringSoon",
};

export function powertoolsObserver({ service }: ObserverOptions): Observer {
  const logger = new Logger({ serviceName: service });
  const metrics = new Metrics({ namespace: "Nodeseal", serviceName: service });
  return {
    audit(event) {
      logger.info(event.event, { ...event });
      const metric = METRICS[event.event];
      if (metric !== undefined) metrics.addMetric(metric, MetricUnit.Count, 1);
      if (event.event === "authority_days_left" && event.authorityState === "active")
        metrics.addMetric(DAYS_LEFT_METRIC, MetricUnit.Count, event.daysLeft ?? 0);
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
    finish: () => metrics.publishStoredMetrics(),
  };
}

/** Name, message and stack of our own errors; never the properties SDK errors carry (`$response` holds headers). */
function describeFailure(error: unknown): Record<string, string | undefined> {
  return error instanceof Error
    ? { errorName: error.name, errorMessage: error.message, stack: error.stack }
    : { errorName: typeof error };
}
