import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, request as send } from "node:https";
import type { AddressInfo } from "node:net";
import { TLSSocket } from "node:tls";
import { isTrustedClientCertificate, trustAnchorsOf } from "../../local/front-door/client-certificate.ts";

export interface EdgePlan {
  readonly originUrl: string;
  readonly certificateChainPem: string;
  readonly keyPem: string;
  readonly trustBundle: string;
  /** What is sent to the origin with each request: `x-nodeseal-edge-secret`. */
  readonly secret: string;
  readonly clock?: () => Date;
}

/**
 * What CloudFront's viewer mTLS does in optional mode: a certificate that the trust store does not know ends the connection,
 * one that it knows is told to the origin in headers, and so is that there is none. Of a client's own headers of these names
 * the worst is assumed that the documentation leaves open: the PEM of one without a certificate passes.
 */
export async function startEdge(plan: EdgePlan) {
  const anchors = trustAnchorsOf(plan.trustBundle);
  const now = plan.clock ?? ((): Date => new Date());
  const isTrusted = (certificate: X509Certificate): boolean => isTrustedClientCertificate(certificate, anchors, now());
  const server = createServer(
    { cert: plan.certificateChainPem, key: plan.keyPem, requestCert: true, rejectUnauthorized: false, ca: [] },
    (incoming, outgoing) => {
      const { socket, headers, method, url = "/" } = incoming;
      const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
      if (certificate !== undefined && !isTrusted(certificate)) {
        socket.destroy();
        return;
      }
      const told = {
        ...headers,
        "x-nodeseal-edge-secret": plan.secret,
        "cloudfront-viewer-address": `198.51.100.10:${socket.remotePort ?? 0}`,
        "cloudfront-viewer-cert-present": certificate === undefined ? "0" : "1",
        ...(certificate === undefined
          ? {}
          : { "cloudfront-viewer-cert-pem": encodeURIComponent(certificate.toString()) }),
      };
      const options = { method, headers: told, rejectUnauthorized: false };
      const forwarded = send(new URL(url, plan.originUrl), options, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      forwarded.on("error", () => outgoing.destroy());
      incoming.pipe(forwarded);
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `https://${host}`,
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
