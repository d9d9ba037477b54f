import type { RefusalCode } from "../../core/refusal.ts";
import { inQuery } from "./operation.ts";

export const IAM = [{ iam: [] }] as const;

/** Of a body that cannot be taken as it is. */
export const BY_BODY: readonly RefusalCode[] = ["malformed_request", "too_large", "unsupported_media_type"];

/** Every list has them. */
export const PAGE = [
  inQuery("limit", "How many at most", { type: "integer", minimum: 1, maximum: 1000, default: 100 }),
  inQuery("cursor", "`cursor` of the page before"),
];
