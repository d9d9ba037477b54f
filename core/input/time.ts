import * as z from "zod/mini";
import { must } from "./schema.ts";

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** A moment in a request. What else JavaScript takes for one ("0", "Monday") means something else to everybody else. */
export const timeText = z
  .string()
  .check(
    must(
      (text) => RFC_3339.test(text) && !Number.isNaN(Date.parse(text)),
      'must be a time in RFC 3339, such as "2027-01-31T12:00:00Z"',
    ),
  );
