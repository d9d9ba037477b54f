import type { Caller } from "./caller.ts";
import { forbidden, unauthorized, type Denied } from "../protocol/status.ts";

type Action = Omit<Denied, "username">;

/** @throws StatusError Unauthorized for nobody, Forbidden for anybody else who is no administrator */
export function assertAdministrator(caller: Caller, action: Action): void {
  assertAuthenticated(caller);
  if (caller.kind !== "administrator") throw forbidden({ ...action, username: caller.identity.username });
}

/** @throws StatusError Unauthorized */
export function assertAuthenticated({ kind }: Caller): void {
  if (kind === "anonymous") throw unauthorized();
}
