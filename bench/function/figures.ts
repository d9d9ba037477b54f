import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { functionBundle } from "../../infra/bundle/function-bundle.ts";
import { comparedWith, rounded, type Figure } from "../figure.ts";
import { microsecondsOf } from "../timing.ts";
import type { BenchServices, MeasuredOperation } from "./measured-process.ts";

/**
 * What Lambda bills: CPU of the function's thread for one event, through the shipped bundle's handler and the real SDK
 * clients. DynamoDB and KMS are in another process. The floor is as many bare HTTP exchanges of the same size, and the
 * cryptography that cannot be left out.
 */
export async function functionFigures(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "nodeseal-bench-"));
  const services = forked("services-process.ts", []);
  try {
    const file = join(directory, "index.mjs");
    writeFileSync(file, functionBundle("node-api"));
    const [environment] = (await once(services, "message")) as [BenchServices];
    const measured = forked("measured-process.ts", [pathToFileURL(file).href]);
    measured.send(environment);
    const operations = await answerOf(measured);
    return operations.map(figureOf);
  } finally {
    services.disconnect();
    await once(services, "exit");
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Its log goes where Lambda would take it, and here to nowhere. */
function forked(file: string, args: readonly string[]): ChildProcess {
  return fork(join(import.meta.dirname, file), args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
}

async function answerOf(child: ChildProcess): Promise<readonly MeasuredOperation[]> {
  const failed = once(child, "exit").then(([status]): never => {
    throw new Error(`the measured function ended with ${status} before it said anything`);
  });
  const [operations] = (await Promise.race([once(child, "message"), failed])) as [readonly MeasuredOperation[]];
  failed.catch(() => undefined);
  return operations;
}

function figureOf({ name, milliseconds, exchangeMilliseconds, calls, bytes }: MeasuredOperation): Figure {
  const { floor, verifying } = cryptography();
  const microseconds = { enrol: floor, renew: floor + verifying, confirm: verifying }[name];
  const figure: Figure = {
    name: `function.${name}.cpu`,
    value: rounded(milliseconds),
    unit: "ms",
    note: `floor: ${calls} bare exchanges of ${rounded(bytes / 1024)} KiB in all, and the cryptography`,
  };
  return comparedWith(exchangeMilliseconds + microseconds / 1000, figure);
}

let known: { readonly floor: number; readonly verifying: number } | undefined;

/** Microseconds. A CSR is verified, and our own signature; KMS makes that, but its stand-in for us is the core's floor. */
function cryptography() {
  if (known !== undefined) return known;
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const message = Buffer.alloc(330, 7);
  const signature = sign("sha256", message, privateKey);
  const { verifying = NaN, signing = NaN } = microsecondsOf({
    verifying: () => verify("sha256", message, publicKey, signature),
    signing: () => sign("sha256", message, privateKey),
  });
  known = { floor: 2 * verifying + signing, verifying };
  return known;
}
