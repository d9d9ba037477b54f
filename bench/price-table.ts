import { sequentialDepth, type AwsCall } from "./aws-call-log.ts";

/** US dollars per million, us-east-1, list prices as of 2026 (KMS and DynamoDB on demand). */
export const PRICES_PER_MILLION = {
  kmsSignEcc: 15,
  dynamoDbWriteUnit: 0.625,
  dynamoDbReadUnit: 0.125,
  httpApiRequest: 1,
  lambdaRequest: 0.2,
  /** EventBridge, custom events of up to 64 KB. */
  event: 1,
} as const;

/** Lambda on arm64: dollars per million GB-seconds. */
const LAMBDA_MILLION_GB_SECONDS = 13.3334;
const MEMORY_GB = 0.5;
/** A round trip to DynamoDB or KMS takes 5 to 15 ms. */
const ROUND_TRIP_SECONDS = 0.01;
/** About 2 ms of CPU time, on the quarter of a core that comes with half a gigabyte. */
const CPU_SECONDS = 0.01;

/** The duration that Lambda bills, by the number of sequential round trips. */
function durationDollars(roundTrips: number): number {
  return (roundTrips * ROUND_TRIP_SECONDS + CPU_SECONDS) * MEMORY_GB * LAMBDA_MILLION_GB_SECONDS;
}

/** The price of one million requests with these calls and this many written index entries. */
export function dollarsPerMillion(calls: readonly AwsCall[], indexWrites: number): number {
  const signatures = calls.filter(({ service, operation }) => service === "kms" && operation === "Sign").length;
  const isRead = ({ operation }: AwsCall): boolean => /^(Get|BatchGet|Query)/.test(operation);
  const units = (wanted: (call: AwsCall) => boolean): number =>
    calls.filter((call) => call.service === "dynamodb" && wanted(call)).reduce((sum, call) => sum + call.units, 0);
  return (
    signatures * PRICES_PER_MILLION.kmsSignEcc +
    units(isRead) * PRICES_PER_MILLION.dynamoDbReadUnit +
    (units((call) => !isRead(call)) + indexWrites) * PRICES_PER_MILLION.dynamoDbWriteUnit +
    PRICES_PER_MILLION.httpApiRequest +
    PRICES_PER_MILLION.lambdaRequest +
    durationDollars(sequentialDepth(calls))
  );
}

/** US dollars a month, us-east-1, list prices, before any free tier. */
export const MONTHLY_PRICES = {
  kmsKey: 1,
  /** For each metric that an alarm uses. */
  alarmMetric: 0.1,
  /** For each metric of our own that has data all month. */
  customMetric: 0.3,
  /** From the fourth in an account: the first three of at most 50 metrics are free. */
  dashboard: 3,
} as const;

/** One event for each certificate, published ten at a time by a function of 256 MB in about 100 ms. */
export function eventDollarsPerMillion(): number {
  const batches = 1 / 10;
  return (
    PRICES_PER_MILLION.event + batches * (PRICES_PER_MILLION.lambdaRequest + 0.1 * 0.25 * LAMBDA_MILLION_GB_SECONDS)
  );
}

/** DynamoDB reads of each scheduled invocation. */
const SCHEDULED_READS = 4;

/** Scheduled invocations: the function, and its reads one after the other at worst. */
export function scheduledDollars(requests: number): number {
  const perMillion =
    PRICES_PER_MILLION.lambdaRequest +
    durationDollars(SCHEDULED_READS) +
    SCHEDULED_READS * PRICES_PER_MILLION.dynamoDbReadUnit;
  return (requests / 1e6) * perMillion;
}
