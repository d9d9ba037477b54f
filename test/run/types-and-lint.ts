/**
 * What `tsc` and `eslint .` say, in one process: both need the types of all files, and reading them twice costs as much
 * again as the rules do.
 *   node test/run/types-and-lint.ts [--cached]
 *     --cached   what ESLint found in a file is kept while that file stays the same
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ESLint } from "eslint";
import ts from "typescript";
import tseslint from "typescript-eslint";

const ROOT = join(import.meta.dirname, "../..");
const { values: flags } = parseArgs({ options: { cached: { type: "boolean", default: false } } });

const formatting: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => ROOT,
  getNewLine: () => "\n",
};
const print = (diagnostics: readonly ts.Diagnostic[]): void => {
  if (diagnostics.length === 0) return;
  console.log(ts.formatDiagnosticsWithColorAndContext(diagnostics, formatting));
  process.exitCode = 1;
};

const builder = compile();
print(typeErrors(builder));
await lint(builder.getProgram());

/** As tsconfig.json says: with what was found before, where nothing changed since. */
function compile(): ts.EmitAndSemanticDiagnosticsBuilderProgram {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(ROOT, "tsconfig.json"),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        print([diagnostic]);
      },
    },
  );
  if (config === undefined) throw new Error("tsconfig.json cannot be read");
  print(config.errors);
  const { fileNames: rootNames, options } = config;
  return ts.createIncrementalProgram({ rootNames, options, host: ts.createIncrementalCompilerHost(options) });
}

function typeErrors(builder: ts.EmitAndSemanticDiagnosticsBuilderProgram): readonly ts.Diagnostic[] {
  const found = [
    ...builder.getConfigFileParsingDiagnostics(),
    ...builder.getOptionsDiagnostics(),
    ...builder.getSyntacticDiagnostics(),
    ...builder.getGlobalDiagnostics(),
    ...builder.getSemanticDiagnostics(),
  ];
  // Writes what was found: noEmit lets nothing else be written.
  return [...found, ...builder.emit().diagnostics];
}

async function lint(program: ts.Program): Promise<void> {
  const eslint = new ESLint({
    cwd: ROOT,
    cache: flags.cached,
    cacheStrategy: "content",
    cacheLocation: join(ROOT, "node_modules/.cache/eslint/"),
    overrideConfig: { files: ["**/*.ts"], languageOptions: { parser: parserWith(program) } },
  });
  const results = await eslint.lintFiles(["."]);
  const formatter = await eslint.loadFormatter("stylish");
  console.log(await formatter.format(results));
  if (results.some(({ errorCount }) => errorCount > 0)) process.exitCode = 1;
}

/** A program among the options of the parser itself could not be written to ESLint's cache. */
function parserWith(program: ts.Program) {
  const parser: { parseForESLint: (text: string, options: object) => { ast: unknown; scopeManager: unknown } } =
    tseslint.parser;
  return {
    meta: { name: "typescript-eslint, with types that are there already", version: ts.version },
    parseForESLint: (text: string, options: object) =>
      parser.parseForESLint(text, { ...options, projectService: false, programs: [program] }),
  };
}
