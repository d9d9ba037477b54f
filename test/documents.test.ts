import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, it } from "node:test";

const root = join(import.meta.dirname, "..");
const pages = globSync(["*.md", ".github/**/*.md", "docs/**/*.md", "agent/**/*.md"], { cwd: root }).sort();
const source = new Map(pages.map((page) => [page, readFileSync(join(root, page), "utf8")]));

describe("the documents", () => {
  for (const [page, text] of source) {
    it(`${page} has no dead link`, () => {
      assert.deepEqual(
        linksOf(text).filter((link) => !leadsSomewhere(page, link)),
        [],
      );
    });

    // The changelog tells of files as they were then.
    if (page === "CHANGELOG.md") continue;
    it(`${page} names only files that exist`, () => {
      const named = [
        ...text.matchAll(
          /`((?:core|adapters|lambdas|infra|agent|cli|local|packaging|bench|test|docs|bin)\/[\w./-]+)`/g,
        ),
      ];
      const missing = named.map(([, path = ""]) => path).filter((path) => !existsSync(join(root, path)));
      const tests = [...text.matchAll(/`([\w-]+\.test\.ts)`/g)].map(([, name = ""]) => name);
      const unknown = tests.filter((name) => globSync(`test/**/${name}`, { cwd: root }).length === 0);
      assert.deepEqual([...new Set([...missing, ...unknown])], []);
    });
  }

  it("are all reached from the README", () => {
    const reached = new Set<string>(["README.md"]);
    for (const page of reached) {
      for (const link of linksOf(source.get(page) ?? "")) {
        const target = normalize(join(dirname(page), link.replace(/#.*$/, "")));
        if (source.has(target)) reached.add(target);
      }
    }
    assert.deepEqual(
      // A form is no page.
      pages.filter((page) => !reached.has(page) && !page.startsWith(".github/")),
      [],
    );
  });

  it("would tell a dead link, and a dead anchor", () => {
    assert.equal(leadsSomewhere("README.md", "docs/none.md"), false);
    assert.equal(leadsSomewhere("README.md", "docs/architecture.md#no-such-heading"), false);
    assert.equal(leadsSomewhere("docs/api.md", "architecture.md#issuance-cycle"), true);
  });
});

/** Targets of links in the page, without those to other hosts and those in code. */
function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link).filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : normalize(join(dirname(page), path));
  if (anchor === undefined) return existsSync(join(root, target));
  return anchorsOf(source.get(target) ?? "").has(anchor);
}

/** As GitHub makes them: lower case, blanks to hyphens, punctuation gone. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.replaceAll(/^```.*?^```/gms, "").matchAll(/^#{1,6} +(.+?) *#*$/gm)];
  return new Set(
    headings.map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(/\s/g, "-"),
    ),
  );
}
