import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { ROOT } from "../content/project.ts";

const ENTRY = join(ROOT, "infra/nodeseal-cdk.ts");

/** What declarations of a package may name, beside each other. */
const PEERS = /^(?:aws-cdk-lib|constructs)(?:\/|$)/;

/**
 * The declarations of `infra/nodeseal-cdk.ts` and of all it names, as `types/…`.
 *
 * @throws Error when one names a package that its users may not have
 */
export function cdkDeclarations(): ReadonlyMap<string, string> {
  const emitted = emit();
  const wanted = new Map<string, string>();
  const visit = (path: string): void => {
    if (wanted.has(path)) return;
    const text = emitted.get(path);
    if (text === undefined) throw new Error(`there is no declaration of ${path}`);
    wanted.set(path, text);
    for (const specifier of specifiersOf(text)) {
      if (specifier.startsWith(".")) visit(join(dirname(path), specifier).replace(/\.ts$/, ".d.ts"));
      else if (!PEERS.test(specifier)) throw new Error(`the declaration ${path} names ${specifier}`);
    }
  };
  visit("infra/nodeseal-cdk.d.ts");
  return new Map(
    [...wanted].sort().map(([path, text]) => [
      `types/${path}`,
      // A user's compiler looks for JavaScript's names.
      text.replaceAll(/((?:from|import)\s*\(?["']\.[^"']*)\.ts(["'])/g, "$1.js$2"),
    ]),
  );
}

/** By path from the checkout. */
function emit(): ReadonlyMap<string, string> {
  const config = ts.readConfigFile(join(ROOT, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const options = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT).options;
  // It belongs to incremental builds.
  delete options.tsBuildInfoFile;
  const emitted = new Map<string, string>();
  const program = ts.createProgram([ENTRY], {
    ...options,
    noEmit: false,
    incremental: false,
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
    outDir: join(ROOT, "types"),
    rootDir: ROOT,
  });
  const { diagnostics } = program.emit(undefined, (path, text) => {
    emitted.set(relative(join(ROOT, "types"), path), text);
  });
  const [first] = diagnostics;
  if (first !== undefined) throw new Error(ts.flattenDiagnosticMessageText(first.messageText, "\n"));
  return emitted;
}

function specifiersOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?["']([^"']+)["']/g)].map(([, specifier = ""]) => specifier);
}
