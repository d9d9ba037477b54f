import tseslint from "typescript-eslint";

const CLOCK_AND_WORLD = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: "core has no clock of its own: take `now` as an argument",
  },
];

export default tseslint.config(
  { ignores: ["node_modules/", "cdk.out/", ".nodeseal/", "**/dist/"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // An un-awaited promise in Lambda is a lost write. node:test's own functions are awaited by the runner.
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            {
              from: "package",
              package: "node:test",
              name: ["test", "it", "describe", "suite", "before", "after", "beforeEach", "afterEach"],
            },
          ],
        },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/prefer-nullish-coalescing": ["error", { ignorePrimitives: { string: true } }],
      "max-lines": ["warn", { max: 250, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": "off",
      eqeqeq: "error",
      "no-restricted-syntax": [
        "error",
        { selector: "TSEnumDeclaration", message: "types must be erasable" },
        {
          selector: "CallExpression[callee.name=/^(describe|suite)$/] > :function[async=true]",
          message: "what is declared after an await belongs to no suite here (test/run/unwatched-promises.ts)",
        },
      ],
    },
  },
  {
    files: ["core/**/*.ts", "adapters/**/*.ts", "lambdas/**/*.ts", "agent/**/*.ts", "cli/**/*.ts", "local/**/*.ts"],
    rules: { "max-lines-per-function": ["error", { max: 80, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ["core/**/*.ts"],
    rules: {
      "no-restricted-globals": ["error", "process", "fetch", "console", "setTimeout"],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "core has no clock of its own" },
        { object: "Math", property: "random", message: "use node:crypto" },
      ],
      "no-restricted-syntax": ["error", ...CLOCK_AND_WORLD],
    },
  },
);
