import { dirname, join } from "node:path";
import { GENERATED } from "./generated-mark.ts";

export const CDK_PAGE = "docs/reference/nodeseal-cdk.md";
const ENTRY = "types/infra/nodeseal-cdk.d.ts";

/**
 * What `nodeseal-cdk` gives to CDK apps, as its declarations say it. The page is held against the package, so that no
 * change of it goes unnoticed.
 *
 * @param declarations of the package, by path in it
 */
export function cdkPage(declarations: ReadonlyMap<string, string>): string {
  const entry = declarations.get(ENTRY) ?? "";
  const exports = [...entry.matchAll(/^export (?:type )?\{ ([^}]+) \} from "([^"]+)"/gm)];
  const parts = exports
    .map(([, names = "", specifier = ""]) => ({ names: namesOf(names), path: pathOf(specifier) }))
    .sort((one, other) => (one.names[0] ?? "").localeCompare(other.names[0] ?? ""));
  const blocks = parts.map(({ names, path }) => {
    const text = names.map((name) => declarationOf(declarations.get(path) ?? "", name)).join("\n");
    return `## ${names.join(", ")}\n\n\`\`\`ts\n${text}\n\`\`\`\n`;
  });
  const about =
    "Everything that the package exports. How to use it: [deploying.md](../deploying.md#in-a-cdk-app-of-your-own). What is not here may change with any release.";
  return `# The package nodeseal-cdk\n\n${GENERATED}\n\n${about}\n\n${blocks.join("\n")}`;
}

function namesOf(list: string): string[] {
  const names = list.split(",").map((name) => name.trim().replace(/^type /, ""));
  return names.filter((name) => name !== "");
}

function pathOf(specifier: string): string {
  return join(dirname(ENTRY), specifier).replace(/\.[jt]s$/, ".d.ts");
}

/** With its comment, without what is private. @throws Error when the declaration is not there */
function declarationOf(text: string, name: string): string {
  const start = new RegExp(
    `^export (?:declare )?(?:abstract )?(?:class|interface|type|const|function) ${name}\\b`,
    "m",
  );
  const at = start.exec(text)?.index;
  if (at === undefined) throw new Error(`there is no declaration of ${name}`);
  const rest = text.slice(at);
  // One line that ends, or all up to the brace at the margin.
  const [body = rest] = /^[^\n]*;(?=\n)/.exec(rest) ?? /^[^]*?\n\}.*/.exec(rest) ?? [];
  const comment = /\/\*\*(?:(?!\*\/)[^])*\*\/\n$/.exec(text.slice(0, at))?.[0] ?? "";
  return `${comment}${body}`.replaceAll(/^ {4}private .*\n/gm, "").trimEnd();
}
