import { policySchema } from "../../core/policy/policy-schema.ts";
import { configurationSchema } from "../../infra/configuration/configuration-schema.ts";
import { CONFIGURATION_MEANINGS } from "./configuration-members.ts";
import { GENERATED } from "./generated-mark.ts";
import { describedSchema, membersOf, type JsonSchema, type Member } from "./members.ts";
import { POLICY_MEANINGS } from "./policy-members.ts";

/** JSON Schemas of the files that people write, and pages that say the same. */
export function fileReferences(): [string, string][] {
  const policy = describedSchema(policySchema, "Nodeseal policy", POLICY_MEANINGS);
  const { $schema, ...policyPart } = policy;
  const described = describedSchema(configurationSchema, "Nodeseal configuration", CONFIGURATION_MEANINGS);
  const configuration = {
    $schema,
    ...described,
    properties: { ...(described["properties"] as JsonSchema), policy: { $ref: "#/$defs/policy" } },
    $defs: { policy: policyPart },
  };
  return [
    ["docs/schemas/policy.schema.json", json(policy)],
    ["docs/schemas/configuration.schema.json", json(configuration)],
    [
      "docs/reference/configuration.md",
      page(
        "Configuration, member by member",
        "`nodeseal.config.json`, or any file named by `-c config=FILE`. Every member may be left out. What is wrong stops `synth`, and is named. How to choose: [deploying.md](../deploying.md).",
        "configuration",
        described,
      ),
    ],
    [
      "docs/reference/policy.md",
      page(
        "Policy, member by member",
        "A JSON file of its own (`policyFile`), or the member `policy` of the configuration. How to write one: [policy.md](../policy.md).",
        "policy",
        policy,
      ),
    ],
  ];
}

function page(title: string, about: string, name: string, schema: JsonSchema): string {
  const members = membersOf(schema).filter(({ path }) => path !== "$schema");
  const editors = `For editors: \`"$schema": "./${name}.schema.json"\` as its first member, with [this file](../schemas/${name}.schema.json) beside it. Packages have it too.`;
  return `# ${title}\n\n${GENERATED}\n\n${about}\n\n${editors}\n\n${members.map(line).join("\n")}\n`;
}

/** A section's own line comes before those of its members, which are further in. */
function line({ path, schema, isRequired }: Member): string {
  const depth = path.split(/\.|\[\]\./).length - 1;
  const facts = [isRequired ? "needed" : "", allowed(schema), fallback(schema)].filter((fact) => fact !== "");
  const brackets = facts.length === 0 ? "" : ` (${facts.join("; ")})`;
  return `${"  ".repeat(depth)}- \`${path}\`${brackets}: ${String(schema["description"])}`;
}

function allowed(schema: JsonSchema): string {
  const { enum: values, anyOf } = schema;
  const [minimum, maximum, pattern] = [number(schema["minimum"]), number(schema["maximum"]), schema["pattern"]];
  if (Array.isArray(values)) return values.map((value) => `\`${String(value)}\``).join(", ");
  if (Array.isArray(anyOf)) return allowed((anyOf as readonly JsonSchema[])[0] ?? {});
  const isBounded = maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER;
  if (minimum !== undefined && isBounded) return `${minimum} to ${maximum}`;
  if (minimum !== undefined) return `at least ${minimum}`;
  return typeof pattern === "string" ? `\`${pattern}\`` : "";
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function fallback(schema: JsonSchema): string {
  const { default: value, properties, anyOf } = schema;
  if (value === undefined || properties !== undefined) return "";
  const isSection = Array.isArray(anyOf) && typeof value === "object" && value !== null;
  return isSection ? "" : `default \`${JSON.stringify(value)}\``;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
