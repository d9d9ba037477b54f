import { once } from "node:events";
import { connect, createServer, type TLSSocket } from "node:tls";
import { issueTlsCertificates } from "../../local/data/tls.ts";

export interface ClientTrust {
  readonly ca: string;
  readonly crl: readonly string[];
}

/**
 * What a TLS server with these CAs and lists makes of a client (its certificates and key in one PEM): true when the
 * handshake was completed, else OpenSSL's code for why not.
 */
export async function isAdmittedBy({ ca, crl }: ClientTrust, clientPem: string): Promise<true | string> {
  const tls = issueTlsCertificates(new Date());
  const server = createServer({
    cert: tls.serverCertificatePem,
    key: tls.serverKeyPem,
    ca,
    crl: [...crl],
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const { port } = address;
  const accepted = once(server, "secureConnection");
  const client = connect({ port, host: "127.0.0.1", ca: tls.caCertificatePem, cert: clientPem, key: clientPem });
  client.on("error", () => undefined);
  try {
    const [socket] = (await accepted) as [TLSSocket];
    // Node.js gives the code, where its types have an error.
    return socket.authorized || String(socket.authorizationError);
  } finally {
    client.destroy();
    server.close();
  }
}
