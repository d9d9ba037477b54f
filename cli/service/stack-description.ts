/** The parts of CloudFormation's DescribeStacks answer that are used here. */
export interface StackDescription {
  readonly status: string;
  readonly outputs: ReadonlyMap<string, string>;
}

export interface QueryError {
  readonly code: string;
  readonly message: string;
}

/**
 * The first stack of a `DescribeStacksResponse` (AWS Query protocol, XML). Undefined when the text is not one.
 *
 * Uses the SDK's own parser: it knows only XML's five entities and resolves nothing external.
 */
export async function parseStackDescription(xml: string): Promise<StackDescription | undefined> {
  const root = await parsed(xml);
  const stack = listAt(root, "DescribeStacksResponse", "DescribeStacksResult", "Stacks")[0];
  const status = textAt(stack, "StackStatus");
  if (status === undefined) return undefined;
  const outputs = listAt(stack, "Outputs").flatMap((output): [string, string][] => {
    const key = textAt(output, "OutputKey");
    const value = textAt(output, "OutputValue");
    return key === undefined || value === undefined ? [] : [[key, value]];
  });
  return { status, outputs: new Map(outputs) };
}

/** The error of an `ErrorResponse`. Undefined when the text is not one. */
export async function parseQueryError(xml: string): Promise<QueryError | undefined> {
  const error = memberAt(await parsed(xml), "ErrorResponse", "Error");
  const code = textAt(error, "Code");
  return code === undefined ? undefined : { code, message: textAt(error, "Message") ?? "" };
}

async function parsed(xml: string): Promise<unknown> {
  const { parseXML } = await import("@aws-sdk/xml-builder");
  try {
    return parseXML(xml) as unknown;
  } catch {
    return undefined;
  }
}

function memberAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, name) ? Reflect.get(inner, name) : undefined,
    value,
  );
}

function textAt(value: unknown, name: string): string | undefined {
  const text = memberAt(value, name);
  return typeof text === "string" ? text : undefined;
}

/** In XML, a list of one looks like a single member. */
function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const members = memberAt(value, ...path, "member");
  if (members === undefined) return [];
  return Array.isArray(members) ? members : [members];
}
