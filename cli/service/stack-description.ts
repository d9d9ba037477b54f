/** The answer of CloudFormation's DescribeStacks, as far as the operator's side wants it. */
export interface StackDescription {
  readonly status: string;
  readonly outputs: ReadonlyMap<string, string>;
}

export interface QueryError {
  readonly code: string;
  readonly message: string;
}

/**
 * The first stack of a `DescribeStacksResponse` (AWS Query protocol, XML); undefined when the text is none.
 *
 * The SDK's own parser: it knows no entities but XML's five and resolves nothing from outside.
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

/** What an `ErrorResponse` says; undefined when the text is none. */
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

/** XML does not tell a list of one from its only member. */
function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const members = memberAt(value, ...path, "member");
  if (members === undefined) return [];
  return Array.isArray(members) ? members : [members];
}
