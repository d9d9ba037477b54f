import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { readFileIfThere, writePrivateFile } from "./private-file.ts";
import { StartError } from "../loopback/start-error.ts";

/** The only access key of the local service: for its administrator, and for its own calls to KMS and DynamoDB. */
export interface LocalCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const credentialsFile = z.strictObject({
  accessKeyId: z.string().check(z.regex(/^AKIA[A-Z2-7]{16}$/)),
  secretAccessKey: z.string().check(z.regex(/^[A-Za-z0-9+/]{40}$/)),
});

/**
 * Reads the access key of a data directory, or makes one: in AWS' form, from a CSPRNG, readable by the owner only.
 *
 * @throws StartError when the file exists but is damaged
 */
export function openCredentials(file: string): LocalCredentials {
  const text = readFileIfThere(file);
  if (text !== undefined) return parseCredentials(text, file);
  const credentials = randomCredentials();
  writePrivateFile(file, `${JSON.stringify(credentials, undefined, 2)}\n`);
  return credentials;
}

function parseCredentials(text: string, file: string): LocalCredentials {
  try {
    return z.parse(credentialsFile, JSON.parse(text));
  } catch (cause) {
    throw new StartError(`the credentials file ${file} is damaged; remove it to have a new one made`, { cause });
  }
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function randomCredentials(): LocalCredentials {
  const letters = Array.from(randomBytes(16), (octet) => BASE32[octet % BASE32.length]);
  return { accessKeyId: `AKIA${letters.join("")}`, secretAccessKey: randomBytes(30).toString("base64") };
}
