import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { runAgent, temporaryDirectory } from "./agent-run.ts";
import { TrustService } from "./trust-service.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A machine with a server that verifies nodes, and the service whose trust it follows, on one virtual clock. */
export async function validator(t: TestContext) {
  const [service, home] = [await TrustService.start(), temporaryDirectory(t)];
  const clock = new VirtualClock(new Date());
  await service.publish(new Date(clock.now().getTime() - 60_000));
  const [file, crl, dir] = [join(home, "ca.pem"), join(home, "crl.pem"), join(home, "state")];
  const services = { ...service.services, clock };
  const base = ["trust", "--url", "https://nodeseal.test", "--file", file, "--dir", dir];
  const once = async (...flags: string[]) =>
    await runAgent([...base, "--once", "--wait", "0", "--for", "nginx", "--crl", crl, ...flags], services);
  const contents = (): string[] => [file, crl].map((path) => (existsSync(path) ? readFileSync(path, "utf8") : ""));
  return { service, home, clock, file, crl, dir, services, base, once, contents };
}

export const pemsIn = (text: string): string[] => text.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n/g) ?? [];
