import { randomInt } from "node:crypto";
import { isIntentName } from "./intent-name.ts";

/**
 * Names of requests. One made at `/v1/certificates` is named by its intent, one made through Kubernetes' API as its object
 * is. A name whose object is gone may be given again; the old record keeps its key for as long as anybody may ask what
 * became of its certificate, and the new one gets `<object name>~<five characters>`.
 */

/** Kubernetes' own limit is the path of its store; ours is that of every other name there. */
const MAX_OBJECT_NAME_CHARACTERS = 253;
const SUCCESSION = "~";

/** Why a text cannot name an object; undefined when it can. */
export function faultOfObjectName(text: string): string | undefined {
  if (text === "." || text === "..") return `may not be '${text}'`;
  const foreign = ["/", "%", SUCCESSION].find((character) => text.includes(character));
  if (foreign !== undefined) return `may not contain '${foreign}'`;
  if (text.length > MAX_OBJECT_NAME_CHARACTERS) return `must be no more than ${MAX_OBJECT_NAME_CHARACTERS} characters`;
  if (/[\p{Cc}\p{Cs}]/u.test(text)) return "may not contain control characters";
  // Whoever could name an object so would have the name of somebody's native request before them.
  return isIntentName(text) ? "may not have the form of an intent's name" : undefined;
}

/** Whether anything may be stored under this name at all: what is not is not looked for. */
export function isRequestName(text: string): boolean {
  if (isIntentName(text)) return true;
  const [objectName = "", successor, ...rest] = text.split(SUCCESSION);
  const isSuccession = successor === undefined || /^[a-z0-9]{5}$/.test(successor);
  return objectName !== "" && rest.length === 0 && isSuccession && faultOfObjectName(objectName) === undefined;
}

/** What Kubernetes calls the object of a record. */
export function objectNameOf(requestName: string): string {
  return requestName.split(SUCCESSION, 1)[0] ?? requestName;
}

/** The name of the next record for an object name that was used before. */
export function successorName(objectName: string): string {
  return `${objectName}${SUCCESSION}${randomSuffix()}`;
}

/** Kubernetes' alphabet for generated names: no vowels, so that no words come out (apimachinery's rand.String). */
const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_CHARACTERS = 5;
const MAX_GENERATED_PREFIX_CHARACTERS = 58;

/** A name for `metadata.generateName` (K3.2). Whether it is free is found out by writing it. */
export function generatedName(prefix: string): string {
  return prefix.slice(0, MAX_GENERATED_PREFIX_CHARACTERS) + randomSuffix();
}

function randomSuffix(): string {
  return Array.from({ length: SUFFIX_CHARACTERS }, () =>
    SUFFIX_ALPHABET.charAt(randomInt(SUFFIX_ALPHABET.length)),
  ).join("");
}
