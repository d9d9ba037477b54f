import { powertoolsObserver, type Observer } from "../../lambdas/observer.ts";

/** The lines a function's log gets when its observer is told something, as CloudWatch Logs would receive them. */
export function loggedLines(act: (observer: Observer) => void): readonly Readonly<Record<string, unknown>>[] {
  const write = process.stdout.write.bind(process.stdout);
  let printed = "";
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    printed += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    return true;
  };
  try {
    act(powertoolsObserver({ service: "node-api" }));
  } finally {
    process.stdout.write = write;
  }
  return printed
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
