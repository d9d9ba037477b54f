import { readFileSync } from "node:fs";
import { ServerResponse } from "node:http";

/*
 * Loaded before a program (`--import`): its clock is ahead of the machine's by as many seconds as the file named in
 * NODESEAL_TEST_CLOCK says, looked at again and again. OpenSSL's clock is not moved, nor is anything that measures time.
 */

const file = process.env["NODESEAL_TEST_CLOCK"] ?? "";
let aheadMilliseconds = 0;

function look(): void {
  aheadMilliseconds = Number(readFileSync(file, "utf8")) * 1000;
}
look();
setInterval(look, 10).unref();

const realNow = Date.now;
const now = (): number => realNow() + aheadMilliseconds;

globalThis.Date = new Proxy(Date, {
  construct: (target, args: unknown[], newTarget: NewableFunction) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
  get: (target, name, receiver) => (name === "now" ? now : (Reflect.get(target, name, receiver) as unknown)),
});

/** Node's own `Date` header is out of reach: every answer gets one by the moved clock. */
const writeHead = Reflect.get(ServerResponse.prototype, "writeHead") as (...args: unknown[]) => ServerResponse;
Reflect.set(ServerResponse.prototype, "writeHead", function (this: ServerResponse, ...args: unknown[]): ServerResponse {
  if (!this.headersSent && !this.hasHeader("date")) this.setHeader("date", new Date().toUTCString());
  return writeHead.apply(this, args);
});
