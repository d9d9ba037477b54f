import type { Invocation } from "./invocation.ts";
import type { JsonObject } from "../../core/input/json-object.ts";
import { structuredText } from "../output/structured-text.ts";
import { ServiceError } from "../service/service-error.ts";

/** Shows one object: unchanged for programs, as text for people. */
export async function present(
  { format, screen }: Pick<Invocation, "format" | "screen">,
  object: JsonObject,
  inWords: () => string,
): Promise<void> {
  screen.write(format === "table" ? inWords() : await structuredText(object, format));
}

/** The result of an action on one of several things. */
export interface Outcome {
  /** The API's answer. */
  readonly object: JsonObject;
  /** What was done, and what was not, in complete lines. */
  readonly report: string;
}

/**
 * Acts on each target, one after the other, and reports each at once. A refusal by the service does not stop the
 * others. Any other error (no connection, no permission) ends it.
 */
export async function doToEach<Name extends string>(
  invocation: Invocation,
  targets: readonly Name[],
  act: (target: Name) => Promise<Outcome>,
): Promise<void> {
  const { format, screen, fail } = invocation;
  const objects: JsonObject[] = [];
  try {
    for (const target of targets) {
      try {
        const { object, report } = await act(target);
        objects.push(object);
        if (format === "table") screen.write(report);
      } catch (error) {
        if (targets.length === 1 || !(error instanceof ServiceError) || error.code === undefined) throw error;
        fail(new ServiceError(`${target}: ${error.message}`, error));
      }
    }
  } finally {
    const [only] = objects;
    if (format !== "table" && only !== undefined) {
      screen.write(await structuredText(targets.length === 1 ? only : { items: objects }, format));
    }
  }
}
