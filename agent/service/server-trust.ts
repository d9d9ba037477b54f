import { readFileSync } from "node:fs";
import { encodePem, parsePemBlocks, PemError } from "../../core/asn1/pem.ts";
import { AgentError, messageOf } from "../program/agent-error.ts";
import { caCertHashOf, type TrustBundle } from "../certificate/trust-bundle.ts";
import { exchange, type Transport } from "./exchange.ts";
import { proxyFor, type Environment } from "./proxy.ts";
import { openSecureConnection, presentedChain, type Destination } from "./secure-connection.ts";
import { ConnectionError } from "./service-error.ts";

export interface ServerSettings {
  readonly url: URL;
  /** PEM file with the CAs that may speak for the server. */
  readonly caFile: string | undefined;
  /** `sha256:<hex>` of a CA's SPKI (K2.4); any one of them is enough. */
  readonly caCertHashes: readonly string[];
  readonly environment: Environment;
}

export interface TrustedServer {
  readonly transport: Transport;
  /**
   * True when the server was authenticated without the pins (public web PKI or CA file) because it shows no pinned CA: then
   * one must be in its trust bundle, to be checked before anything secret is sent.
   */
  readonly mustHavePinnedBundle: boolean;
}

/** API Gateway answers within 30 s, whatever happens behind it. */
const EXCHANGE_TIMEOUT_MILLISECONDS = 35_000;

/**
 * Finds out what to trust the server by. First contact is never blind: a CA file, a pin, or the public web PKI decides,
 * and until then not a byte is sent inside the TLS connection.
 *
 * @throws ConnectionError, AgentError when the CA file is not usable
 */
export async function trustServer(settings: ServerSettings): Promise<TrustedServer> {
  const proxy = proxyFor(settings.url, settings.environment);
  const caFilePem = settings.caFile === undefined ? undefined : readCaFile(settings.caFile);
  const destination = (): Destination => ({
    url: settings.url,
    proxy,
    signal: AbortSignal.timeout(EXCHANGE_TIMEOUT_MILLISECONDS),
  });
  const anchors = await anchorsFor(settings, caFilePem, destination);
  return {
    mustHavePinnedBundle: anchors.isUnpinned && settings.caCertHashes.length > 0,
    transport: async (request) => {
      const to = { ...destination(), url: request.url };
      return await exchange(await openSecureConnection(to, anchors.pem), request, to.signal);
    },
  };
}

interface Anchors {
  readonly pem: string | undefined;
  readonly isUnpinned: boolean;
}

async function anchorsFor(
  { url, caCertHashes }: ServerSettings,
  caFilePem: string | undefined,
  destination: () => Destination,
): Promise<Anchors> {
  if (caCertHashes.length === 0) return { pem: caFilePem, isUnpinned: true };
  // What is shown proves nothing yet. A pinned CA found in it becomes the only anchor, and the next connection proves it.
  const authorities = (await presentedChain(destination())).filter(({ ca }) => ca);
  const pinned = authorities.find((authority) => caCertHashes.includes(caCertHashOf(authority)));
  if (pinned !== undefined) return { pem: encodePem("CERTIFICATE", pinned.raw), isUnpinned: false };
  try {
    (await openSecureConnection(destination(), caFilePem)).destroy();
  } catch (error) {
    if (!(error instanceof ConnectionError) || error.isRetryable) throw error;
    const seen = authorities.map(caCertHashOf).join(", ") || "no CA certificate at all";
    throw new ConnectionError(
      `${url.host} is not trusted: it shows ${seen}, pinned is ${caCertHashes.join(" or ")}; ` +
        `the pin is wrong, or the connection is intercepted`,
      { isRetryable: false, cause: error },
    );
  }
  return { pem: caFilePem, isUnpinned: true };
}

function readCaFile(path: string): string {
  try {
    const pem = readFileSync(path, "utf8");
    if (parsePemBlocks(pem, "CERTIFICATE").length > 0) return pem;
  } catch (error) {
    if (!(error instanceof PemError))
      throw new AgentError(`cannot read the CA file: ${messageOf(error)}`, { cause: error });
  }
  throw new AgentError(`the CA file ${path} holds no certificate in PEM`);
}

/** @throws ConnectionError when none of the bundle's CAs is pinned; hashes are computed from the certificates */
export function assertPinnedBundle(bundle: TrustBundle, caCertHashes: readonly string[]): void {
  const hashes = bundle.authorities.map(caCertHashOf);
  if (hashes.some((hash) => caCertHashes.includes(hash))) return;
  throw new ConnectionError(
    `the service is not the one that was pinned: its CAs are ${hashes.join(", ")}, pinned is ${caCertHashes.join(" or ")}`,
    { isRetryable: false },
  );
}
