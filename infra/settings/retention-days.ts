import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { LogRetentionDays } from "../configuration/service-defaults.ts";

/** CDK's names of the days that a configuration may give. */
export const RETENTION_DAYS: Readonly<Record<LogRetentionDays, RetentionDays>> = {
  7: RetentionDays.ONE_WEEK,
  14: RetentionDays.TWO_WEEKS,
  30: RetentionDays.ONE_MONTH,
  60: RetentionDays.TWO_MONTHS,
  90: RetentionDays.THREE_MONTHS,
  180: RetentionDays.SIX_MONTHS,
  365: RetentionDays.ONE_YEAR,
  731: RetentionDays.TWO_YEARS,
  1827: RetentionDays.FIVE_YEARS,
  3653: RetentionDays.TEN_YEARS,
};
