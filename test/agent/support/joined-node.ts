import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { AgentServices } from "../../../agent/agent-services.ts";
import { connectedTo, runAgent, temporaryDirectory, VirtualClock, writeToken, type AgentRun } from "./agent-run.ts";
import { TestService } from "./test-service.ts";

/** A machine with an agent, and a service it can reach, on one virtual clock. */
export interface TestNode {
  readonly service: TestService;
  readonly clock: VirtualClock;
  /** Does not exist until the agent makes it. */
  readonly directory: string;
  readonly tokenFile: string;
  readonly services: Partial<AgentServices>;
  /** `join` with all that it needs. */
  readonly join: (...flags: string[]) => Promise<AgentRun>;
  /** Any other command in the directory. */
  readonly run: (command: string, ...flags: string[]) => Promise<AgentRun>;
}

export async function testNode(t: TestContext, options: Partial<AgentServices> = {}): Promise<TestNode> {
  const [service, home] = [await TestService.start(), temporaryDirectory(t)];
  const [directory, tokenFile] = [join(home, "pki"), writeToken(home, service)];
  const clock = new VirtualClock(new Date());
  service.clock = () => clock.now();
  const services = { ...connectedTo(service), clock, ...options };
  const joinArguments = [
    "--url",
    "https://nodeseal.test",
    "--token-file",
    tokenFile,
    "--node",
    "n1",
    "--dir",
    directory,
  ];
  return {
    service,
    clock,
    directory,
    tokenFile,
    services,
    join: async (...flags) => await runAgent(["join", ...joinArguments, ...flags], services),
    run: async (command, ...flags) => await runAgent([command, "--dir", directory, ...flags], services),
  };
}

export function currentPath(directory: string): string {
  return join(directory, "kubelet-client-current.pem");
}

export function currentCertificate(directory: string): X509Certificate {
  return new X509Certificate(readFileSync(currentPath(directory)));
}

export function pairFiles(directory: string): string[] {
  return readdirSync(directory).filter((name) => /^kubelet-client-\d.*\.pem$/.test(name));
}
