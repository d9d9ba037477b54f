import type { X509Certificate } from "node:crypto";
import { connect as connectTcp, isIP } from "node:net";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import { connected } from "./connected-socket.ts";
import { hostOf } from "./proxy.ts";
import { openTunnel } from "./proxy-tunnel.ts";

export interface Destination {
  readonly url: URL;
  readonly proxy: URL | undefined;
  readonly signal: AbortSignal;
}

/**
 * A TLS connection to a server that has proved to be who the URL says.
 *
 * @param anchorsPem the only CAs that may speak for it; undefined for the public web PKI
 * @throws ConnectionError
 */
export async function openSecureConnection(
  destination: Destination,
  anchorsPem: string | undefined,
): Promise<TLSSocket> {
  return await handshake(destination, {
    rejectUnauthorized: true,
    // A pinned CA may be an intermediate one: it is enough that the chain reaches it.
    ...(anchorsPem === undefined ? {} : { ca: anchorsPem, allowPartialTrustChain: true }),
  });
}

/**
 * The certificates the server shows, leaf first, unverified. The connection is closed after the handshake: nothing is
 * sent to a server we do not know yet.
 *
 * @throws ConnectionError
 */
export async function presentedChain(destination: Destination): Promise<readonly X509Certificate[]> {
  const socket = await handshake(destination, { rejectUnauthorized: false });
  const chain: X509Certificate[] = [];
  let certificate = socket.getPeerX509Certificate();
  // A self-signed certificate is its own issuer.
  while (certificate !== undefined && !chain.some(({ raw }) => certificate?.raw.equals(raw) === true)) {
    chain.push(certificate);
    certificate = certificate.issuerCertificate;
  }
  socket.destroy();
  return chain;
}

async function handshake({ url, proxy, signal }: Destination, options: ConnectionOptions): Promise<TLSSocket> {
  const host = hostOf(url);
  const port = Number(url.port || "443");
  const peer = `${host}:${port}`;
  const socket =
    proxy === undefined
      ? await connected(connectTcp({ host, port }), "connect", peer, signal)
      : await openTunnel(proxy, host, port, signal);
  // The name in the certificate is checked against `host`; SNI may not hold an address (RFC 6066 section 3).
  const secure = connectTls({ socket, host, ...(isIP(host) === 0 ? { servername: host } : {}), ...options });
  return await connected(secure, "secureConnect", peer, signal);
}
