import { STATUS } from "../../lambdas/http/problem.ts";
import { ALL_ROUTES, TAGS, type DescribedRoute, type Tag } from "../../lambdas/open-api/document.ts";
import type { Parameter, RequestBody } from "../../lambdas/open-api/operation.ts";
import { GENERATED } from "./generated-mark.ts";

interface Page {
  readonly path: string;
  readonly title: string;
  readonly about: string;
  readonly tags: readonly Tag[];
}

const PAGES: readonly Page[] = [
  {
    path: "docs/reference/node-api.md",
    title: "Node API, route by route",
    about: "What machines and anybody may ask.",
    tags: ["node", "anonymous"],
  },
  {
    path: "docs/reference/admin-api.md",
    title: "Admin API: tokens, requests, certificates",
    about: "Every request is signed (SigV4, service `execute-api`). [More of it](admin-api-fleet.md).",
    tags: ["tokens", "requests", "certificates"],
  },
  {
    path: "docs/reference/admin-api-fleet.md",
    title: "Admin API: nodes, recovery, CAs, policy",
    about: "Every request is signed (SigV4, service `execute-api`). [More of it](admin-api.md).",
    tags: ["nodes", "recovery", "authorities", "policy", "overview"],
  },
];

/** `docs/openapi.json` for people: a page for each part, a paragraph for each route. */
export function apiPages(): [string, string][] {
  return PAGES.map((page) => [page.path, textOf(page)]);
}

function textOf({ title, about, tags }: Page): string {
  const parts = tags.flatMap((tag) => {
    const routes = ALL_ROUTES.filter((route) => route.tag === tag);
    return routes.length === 0 ? [] : [`## ${tag}\n\n${TAGS[tag]}.\n\n${routes.map(paragraphOf).join("\n")}`];
  });
  return `# ${title}\n\n${GENERATED}\n\n${about} What the words mean: [api.md](../api.md). For programs: [openapi.json](../openapi.json).\n\n${parts.join("\n")}`;
}

function paragraphOf(route: DescribedRoute): string {
  const { method, path, operationId, summary, description, parameters = [], requestBody } = route;
  const query = parameters.filter((parameter) => parameter.in === "query");
  const lines = [
    ...(query.length === 0 ? [] : [`- query: ${query.map(parameterOf).join("; ")}`]),
    ...(requestBody === undefined ? [] : [`- body: ${bodyOf(requestBody)}`]),
    `- answers: ${answersOf(route)}`,
    `- refuses: ${refusalsOf(route)}`,
  ];
  const text = [summary, ...(description === undefined ? [] : [description])].map(sentence).join(" ");
  return `**\`${method} ${path}\`** (\`${operationId}\`): ${text}\n\n${lines.join("\n")}\n`;
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function parameterOf({ name, required }: Parameter): string {
  return `\`${name}\`${required === true ? " (needed)" : ""}`;
}

function bodyOf({ required, content }: RequestBody): string {
  const types = Object.keys(content).map((type) => `\`${type}\``);
  const members = membersOf(content["application/json"]?.schema);
  const type = types.length === 1 && members.length > 0 ? "" : `${types.join(", ")}${members.length > 0 ? ": " : ""}`;
  return `${type}${members.join(", ")}${required ? "" : " (may be left out)"}`;
}

/** Those that must be there in bold. */
function membersOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null || !("properties" in schema)) return [];
  const required = "required" in schema && Array.isArray(schema.required) ? schema.required : [];
  return Object.keys(schema.properties as object).map((name) =>
    required.includes(name) ? `**\`${name}\`**` : `\`${name}\``,
  );
}

function answersOf({ answers }: DescribedRoute): string {
  return Object.entries(answers)
    .map(([status, { content = {} }]) => {
      const types = Object.entries(content).map(([type, { schema }]) => schemaNameOf(schema) ?? `\`${type}\``);
      return types.length === 0 ? status : `${status} ${types.join(" or ")}`;
    })
    .join(", ");
}

function schemaNameOf(schema: unknown): string | undefined {
  if (typeof schema !== "object" || schema === null || !("$ref" in schema)) return undefined;
  return `\`${String(schema.$ref).replace(/^.*\//, "")}\``;
}

function refusalsOf({ refusals }: DescribedRoute): string {
  const byStatus = Map.groupBy(
    [...new Set(refusals)].sort((one, other) => STATUS[one] - STATUS[other]),
    (code) => STATUS[code],
  );
  const said = [...byStatus].map(([status, codes]) => `${status} ${codes.map((code) => `\`${code}\``).join(", ")}`);
  return said.length === 0 ? "nothing of its own" : said.join("; ");
}
