import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { AgentServices } from "../../../agent/program/agent-services.ts";
import { RunSignals } from "../../../agent/keeper/run-signals.ts";
import { connectedTo, runAgent, temporaryDirectory, writeToken, type AgentRun } from "./agent-run.ts";
import { VirtualClock } from "./virtual-clock.ts";
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
  /** What the command that is running now hears. */
  readonly stop: () => void;
  readonly checkNow: () => void;
  /** Any other command in the directory. */
  readonly run: (command: string, ...flags: string[]) => Promise<AgentRun>;
}

export async function testNode(t: TestContext, options: Partial<AgentServices> = {}): Promise<TestNode> {
  const [service, home] = [await TestService.start(), temporaryDirectory(t)];
  const [directory, tokenFile] = [join(home, "pki"), writeToken(home, service)];
  const clock = new VirtualClock(new Date());
  service.clock = () => clock.now();
  const services = { ...connectedTo(service), clock, ...options };
  let signals = new RunSignals();
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
    stop: () => signals.stop(),
    checkNow: () => signals.checkNow(),
    join: async (...flags) => await runAgent(["join", ...joinArguments, ...flags], services),
    run: async (command, ...flags) => {
      signals = new RunSignals();
      return await runAgent([command, "--dir", directory, ...flags], services, signals);
    },
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

/** Past the latest place of renewal, before expiry. */
export const DUE_SECONDS = 22 * 3600;

/** A node that has joined, and whose renewal is due. */
export async function dueNode(...parameters: Parameters<typeof testNode>): Promise<TestNode> {
  const node = await testNode(...parameters);
  await node.join();
  node.clock.advance(DUE_SECONDS);
  return node;
}
