/**
 * Draws the rooms of `rooms.ts` into docs/architecture.md, between its two markers.
 *   node test/architecture/picture.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAllowed } from "./imports.ts";
import { ROOMS } from "./rooms.ts";

const BEGIN = "<!-- rooms: begin (drawn by node test/architecture/picture.ts) -->";
const END = "<!-- rooms: end -->";

type Edges = ReadonlyMap<string, ReadonlySet<string>>;

/** The page with what is between the markers drawn anew. @throws Error when it has no markers */
export function pageWithPictures(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/architecture.md lacks the markers ${BEGIN} and ${END}`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${pictures()}\n\n${page.slice(end)}`;
}

function pictures(): string {
  const rooms = Object.keys(ROOMS);
  const core = rooms.filter((room) => room.startsWith("core"));
  return [
    "An arrow says: may import. What can be reached by other arrows is left out.",
    flowchart(withoutDetours(edgesAmong(rooms, topLevelOf))),
    "The rooms of `core/`; all of them may import the refusals at its root.",
    flowchart(
      withoutDetours(
        edgesAmong(
          core.filter((room) => room !== "core"),
          (room) => room,
        ),
      ),
    ),
    listOfRooms(),
  ].join("\n\n");
}

function edgesAmong(rooms: readonly string[], nameOf: (room: string) => string): Edges {
  const edges = new Map<string, Set<string>>();
  for (const room of rooms) {
    const from = nameOf(room);
    const targets = edges.get(from) ?? new Set<string>();
    edges.set(from, targets);
    for (const other of rooms) {
      const to = nameOf(other);
      // Whether it may import any file of the other room: a row can also name single files.
      const mayImport = (ROOMS[room]?.mayImport ?? []).some(
        (entry) => isAllowed(`${other}/any.ts`, entry) || (entry.endsWith(".ts") && entry.startsWith(`${other}/`)),
      );
      if (to !== from && mayImport) targets.add(to);
    }
  }
  return edges;
}

/** Leaves out each arrow whose end can be reached by others. The graph has no cycle. */
function withoutDetours(edges: Edges): Edges {
  function reaches(from: string, to: string, isDirectAllowed: boolean): boolean {
    return [...(edges.get(from) ?? [])].some((next) => (next === to ? isDirectAllowed : reaches(next, to, true)));
  }
  return new Map(
    [...edges].map(([from, targets]) => [from, new Set([...targets].filter((to) => !reaches(from, to, false)))]),
  );
}

function flowchart(edges: Edges): string {
  const nameOf = (room: string): string => room.replaceAll(/[^a-z0-9]/g, "_");
  const nodes = [...edges.keys()].map((room) => `  ${nameOf(room)}["${room}"]`);
  const arrows = [...edges].flatMap(([from, targets]) =>
    [...targets].map((to) => `  ${nameOf(from)} --> ${nameOf(to)}`),
  );
  return ["```mermaid", "flowchart TD", ...nodes, ...arrows, "```"].join("\n");
}

function listOfRooms(): string {
  const rows = Object.entries(ROOMS).map(([room, { holds }]) => `| \`${room}/\` | ${holds} |`);
  return ["| room | holds |", "| --- | --- |", ...rows].join("\n");
}

function topLevelOf(room: string): string {
  return room.split("/", 1)[0] ?? room;
}

if (process.argv[1] === import.meta.filename) {
  const file = join(import.meta.dirname, "../../docs/architecture.md");
  writeFileSync(file, pageWithPictures(readFileSync(file, "utf8")));
}
