import { join } from "node:path";
import { KEY_TYPES, type KeyType } from "../../core/keys/key-type.ts";
import { AgentError } from "../program/agent-error.ts";
import {
  dateMember,
  isJsonObject,
  numberMember,
  parseJsonObject,
  stringMember,
  stringsMember,
  type JsonObject,
} from "../../core/input/json-object.ts";
import { PRIVATE_MODE, readTextIfPresent, replaceFileDurably } from "./durable-file.ts";
import type { FileSystem } from "./file-system.ts";

/**
 * The serving certificate that `join --with-serving` wanted. Kept with the client certificate, because it is there first:
 * the serving certificate may have to wait for approval.
 */
export interface ServingWish {
  /** The machine's own, whatever they are when it is asked for. The lists are then empty. */
  readonly isFromMachine: boolean;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

/** What `join` stores for `renew`, `run` and `status`, so that they need only the directory. It holds no secret. */
export interface AgentState {
  readonly service: ServiceSettings;
  readonly nodeName: string;
  readonly prefix: string;
  readonly keyType: KeyType;
  readonly signerName?: string | undefined;
  readonly expirationSeconds?: number | undefined;
  /** About the certificate with this serial number. Ignored when another one is current. */
  readonly certificate?: CertificateState | undefined;
  /** The highest sequence this node has seen. */
  readonly trustBundleSequence?: number | undefined;
  /** Base names of the pair files this agent wrote, oldest first: only these may be deleted. */
  readonly pairFiles: readonly string[];
  /** The serial number for which the hook of `run` has succeeded. */
  readonly hookDoneFor?: string | undefined;
  readonly serving?: ServingWish | undefined;
  /** This is about the certificate beside the directory's own, and lies in a file beside its state. */
  readonly companion?: Companion | undefined;
  readonly clockOffset?: ClockOffset | undefined;
  /** The service's last word about a certificate of this directory, if it was a refusal. */
  readonly refusal?: CertificateRefusal | undefined;
}

export interface CertificateRefusal {
  readonly serialNumber: string;
  /** A code of API.md section 2. */
  readonly code: string;
  /** In one line, with what helps. */
  readonly message: string;
  readonly at: Date;
}

export interface ServiceSettings {
  readonly url: string;
  readonly caFile?: string | undefined;
  /** `sha256:<hex>`. Empty when the CA file or the public web PKI authenticates the server. */
  readonly caCertHashes: readonly string[];
  /** Where the pinned CA was found at first contact. If in the server's own chain, it must be there every time. */
  readonly pinnedBy?: PinnedBy | undefined;
}

export type PinnedBy = "server chain" | "trust bundle";

export interface CertificateState {
  readonly serialNumber: string;
  /** The name of the request, which is also the name of the issuance. */
  readonly requestName: string;
  readonly renewAfter?: Date | undefined;
  readonly renewBefore?: Date | undefined;
  readonly isConfirmed: boolean;
  /** The trust bundle that the service was told of with the confirmation. */
  readonly reportedTrustBundle?: number | undefined;
}

/** How much the service's clock was ahead of this machine's at the last answer. */
export interface ClockOffset {
  readonly seconds: number;
  readonly seenAt: Date;
}

export type Companion = "serving";

/** What the service said last of this very certificate; undefined when it has refused none, or another one. */
export function standingRefusal(
  { refusal }: Pick<AgentState, "refusal">,
  leaf: { readonly serialNumber: string },
): CertificateRefusal | undefined {
  return refusal?.serialNumber === leaf.serialNumber ? refusal : undefined;
}

const VERSION = 1;
const PINNED_BY: readonly PinnedBy[] = ["server chain", "trust bundle"];

export function statePathOf(directoryPath: string, companion?: Companion): string {
  return join(directoryPath, companion === undefined ? "nodeseal.json" : `nodeseal-${companion}.json`);
}

export function writeAgentState(fileSystem: FileSystem, directoryPath: string, state: AgentState): void {
  const text = JSON.stringify({ version: VERSION, ...state }, null, 2);
  replaceFileDurably(fileSystem, statePathOf(directoryPath, state.companion), `${text}\n`, PRIVATE_MODE);
}

/**
 * Reads the state.
 *
 * @returns undefined when there is no such file: no node joined here
 * @throws AgentError when it is damaged
 */
export function readAgentState(
  fileSystem: FileSystem,
  directoryPath: string,
  companion?: Companion,
): AgentState | undefined {
  const path = statePathOf(directoryPath, companion);
  const text = readTextIfPresent(fileSystem, path);
  if (text === undefined) return undefined;
  const object = parseJsonObject(text);
  const state = object && stateFrom(object);
  if (state === undefined) {
    throw new AgentError(`${path} is damaged or of another version; move it away and run "nodeseal-agent join" again`);
  }
  return state;
}

function stateFrom(object: JsonObject): AgentState | undefined {
  const service = isJsonObject(object["service"]) ? object["service"] : {};
  const url = stringMember(service, "url");
  const nodeName = stringMember(object, "nodeName");
  const prefix = stringMember(object, "prefix");
  const keyType = KEY_TYPES.find((candidate) => candidate === object["keyType"]);
  if (object["version"] !== VERSION || !url || !nodeName || !prefix || !keyType) return undefined;
  return {
    service: {
      url,
      caFile: stringMember(service, "caFile"),
      caCertHashes: stringsMember(service, "caCertHashes"),
      pinnedBy: PINNED_BY.find((place) => place === service["pinnedBy"]),
    },
    nodeName,
    prefix,
    keyType,
    signerName: stringMember(object, "signerName"),
    expirationSeconds: numberMember(object, "expirationSeconds"),
    certificate: certificateStateFrom(object["certificate"]),
    trustBundleSequence: numberMember(object, "trustBundleSequence"),
    pairFiles: stringsMember(object, "pairFiles"),
    hookDoneFor: stringMember(object, "hookDoneFor"),
    serving: servingWishFrom(object["serving"]),
    companion: object["companion"] === "serving" ? "serving" : undefined,
    clockOffset: clockOffsetFrom(object["clockOffset"]),
    ...refusalFrom(object["refusal"]),
  };
}

function refusalFrom(value: unknown): Pick<AgentState, "refusal"> {
  if (!isJsonObject(value)) return {};
  const [serialNumber, code] = [stringMember(value, "serialNumber"), stringMember(value, "code")];
  const [message, at] = [stringMember(value, "message"), dateMember(value, "at")];
  if (serialNumber === undefined || code === undefined || message === undefined || at === undefined) return {};
  return { refusal: { serialNumber, code, message, at } };
}

function servingWishFrom(value: unknown): ServingWish | undefined {
  if (!isJsonObject(value)) return undefined;
  return {
    isFromMachine: value["isFromMachine"] === true,
    dnsNames: stringsMember(value, "dnsNames"),
    ipAddresses: stringsMember(value, "ipAddresses"),
  };
}

function certificateStateFrom(value: unknown): CertificateState | undefined {
  if (!isJsonObject(value)) return undefined;
  const serialNumber = stringMember(value, "serialNumber");
  const requestName = stringMember(value, "requestName");
  if (serialNumber === undefined || requestName === undefined) return undefined;
  const [renewAfter, renewBefore] = [dateMember(value, "renewAfter"), dateMember(value, "renewBefore")];
  return {
    serialNumber,
    requestName,
    renewAfter,
    renewBefore,
    isConfirmed: value["isConfirmed"] === true,
    reportedTrustBundle: numberMember(value, "reportedTrustBundle"),
  };
}

function clockOffsetFrom(value: unknown): ClockOffset | undefined {
  if (!isJsonObject(value)) return undefined;
  const [seconds, seenAt] = [numberMember(value, "seconds"), dateMember(value, "seenAt")];
  return seconds === undefined || seenAt === undefined ? undefined : { seconds, seenAt };
}
