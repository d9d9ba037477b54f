/**
 * Test files that share a process, named by its arguments. No test begins before all are loaded, so that loading one
 * does not hold up the tests of another.
 */
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";

const loaded = Promise.withResolvers<undefined>();
before(() => loaded.promise);

for (const file of process.argv.slice(2)) {
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    test(`loading ${file}`, () => {
      throw error;
    });
  }
}
loaded.resolve(undefined);
