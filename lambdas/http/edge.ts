import { isIP } from "node:net";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { RefusalError } from "../../core/refusal.ts";

/** CloudFront in front of the HTTP API. It terminates the clients' TLS and describes each connection in headers. */
export interface Edge {
  /** The host of the only URL, lower case: CloudFront's alias, and the API's own custom domain behind it. */
  readonly domainName: string;
  /** Whether the text is the secret that only CloudFront has. */
  readonly isSecret: (presented: string) => Promise<boolean>;
}

/** The header that CloudFront adds to each request to the API, and that no client can set. */
export const EDGE_SECRET_HEADER = "x-nodeseal-edge-secret";
/** CloudFront sets it in every request of a distribution with viewer mTLS, and replaces what a client sent: 1 or 0. */
const CERTIFICATE_PRESENT = "cloudfront-viewer-cert-present";
const CERTIFICATE_PEM = "cloudfront-viewer-cert-pem";
const VIEWER_ADDRESS = "cloudfront-viewer-address";

/**
 * Rewrites the event as if the client had reached the API itself: its certificate and source address replace
 * CloudFront's. In requests to other hosts these headers are ignored.
 *
 * @throws RefusalError `not_found` when a request to the edge's host is not from CloudFront; `malformed_request` or
 * `invalid_client_certificate` for headers that CloudFront would not write
 */
export async function fromEdge(event: APIGatewayProxyEventV2, edge: Edge): Promise<APIGatewayProxyEventV2> {
  const { headers, requestContext } = event;
  if (requestContext.domainName.toLowerCase() !== edge.domainName) return event;
  if (!(await edge.isSecret(headers[EDGE_SECRET_HEADER] ?? "")))
    throw new RefusalError("not_found", "there is nothing here: this host is to be reached by its own address");
  const clientCertPem = certificatePem(headers);
  return {
    ...event,
    headers: withoutEdge(headers),
    requestContext: {
      ...requestContext,
      http: { ...requestContext.http, sourceIp: viewerAddress(headers[VIEWER_ADDRESS] ?? "") },
      ...(clientCertPem === undefined ? {} : { authentication: { clientCert: { ...UNREAD, clientCertPem } } }),
    },
  };
}

/** Identities are read from the certificate itself, never from what API Gateway says about it. */
const UNREAD = { subjectDN: "", issuerDN: "", serialNumber: "", validity: { notBefore: "", notAfter: "" } };

type Headers = APIGatewayProxyEventV2["headers"];

function withoutEdge(headers: Headers): Headers {
  const isOurs = (name: string): boolean => name === EDGE_SECRET_HEADER || name.startsWith("cloudfront-viewer-");
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isOurs(name)));
}

/**
 * Percent-encoded PEM in one line, where a plus sign stands for itself. A header sent twice arrives as two values with
 * a comma.
 */
const ENCODED_PEM =
  /^-----BEGIN(?:%20| )CERTIFICATE-----(?:[A-Za-z0-9+/=]|%(?:0A|0D|2B|2F|3D)){1,8192}-----END(?:%20| )CERTIFICATE-----(?:%0A|%0D)*$/i;

function certificatePem(headers: Headers): string | undefined {
  switch (headers[CERTIFICATE_PRESENT]) {
    case "0":
      return undefined;
    case "1": {
      const encoded = headers[CERTIFICATE_PEM] ?? "";
      if (!ENCODED_PEM.test(encoded))
        throw new RefusalError("invalid_client_certificate", "the edge hands over no certificate that can be read");
      return decodeURIComponent(encoded);
    }
    default:
      throw new RefusalError("invalid_client_certificate", "the edge does not say whether there is a certificate");
  }
}

/** `198.51.100.10:46532`, `2001:db8::1:46532`: the port follows the last colon. */
function viewerAddress(text: string): string {
  const address = text.slice(0, Math.max(0, text.lastIndexOf(":"))).replace(/^\[(.*)\]$/, "$1");
  if (isIP(address) === 0)
    throw new RefusalError("malformed_request", "the edge does not say where the request comes from");
  return address;
}
