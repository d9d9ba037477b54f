/**
 * What CHANGELOG.md says of a version: the notes of its release.
 *
 * @param changelog in the form of Keep a Changelog
 * @throws Error when it has no section of this version with a day, or an empty one, or changes that no version has yet
 */
export function releaseNotes(changelog: string, version: string): string {
  const sections = changelog.split(/^(?=## \[)/m).filter((part) => part.startsWith("## ["));
  const unreleased = sections.find((section) => section.startsWith("## [Unreleased]"));
  if (unreleased !== undefined && bodyOf(unreleased) !== "")
    throw new Error(
      `CHANGELOG.md has changes under [Unreleased]: give them the heading "## [${version}] - YYYY-MM-DD"`,
    );
  const heading = new RegExp(`^## \\[${version.replaceAll(".", "\\.")}\\] - \\d{4}-\\d\\d-\\d\\d\\n`);
  const section = sections.find((one) => heading.test(one));
  if (section === undefined) throw new Error(`CHANGELOG.md has no "## [${version}] - YYYY-MM-DD"`);
  const body = bodyOf(section);
  if (body === "") throw new Error(`CHANGELOG.md says nothing of ${version}`);
  return `${body}\n`;
}

function bodyOf(section: string): string {
  return section.slice(section.indexOf("\n") + 1).trim();
}
