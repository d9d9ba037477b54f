import { isIP } from "node:net";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { RefusalError } from "../../core/refusal.ts";

/** CloudFront in front of the HTTP API: it terminates the clients' TLS, and tells in headers what it saw there. */
export interface Edge {
  /** The one URL's host, lower case: CloudFront's alias, and the API's own custom domain behind it. */
  readonly domainName: string;
  /** Whether it is CloudFront who asks: it alone has the secret. */
  readonly isSecret: (presented: string) => Promise<boolean>;
}

/** What CloudFront adds to each request to the API, and no client can. */
export const EDGE_SECRET_HEADER = "x-nodeseal-edge-secret";
/** Set by CloudFront in every request of a distribution with viewer mTLS, in place of what a client may send: 1 or 0. */
const CERTIFICATE_PRESENT = "cloudfront-viewer-cert-present";
const CERTIFICATE_PEM = "cloudfront-viewer-cert-pem";
const VIEWER_ADDRESS = "cloudfront-viewer-address";

/**
 * A request as it would be had the client reached the API itself: its certificate where API Gateway puts one, its address
 * where CloudFront's would be. Of requests to other hosts these headers are never looked at.
 *
 * @throws RefusalError `not_found` when somebody else than CloudFront asks at the edge's host; `malformed_request`,
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

/** Percent-encoded PEM in one line; a plus sign stands for itself. Twice the header would be two values and a comma. */
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

/** `198.51.100.10:46532`, `2001:db8::1:46532`: what follows the last colon is the port. */
function viewerAddress(text: string): string {
  const address = text.slice(0, Math.max(0, text.lastIndexOf(":"))).replace(/^\[(.*)\]$/, "$1");
  if (isIP(address) === 0)
    throw new RefusalError("malformed_request", "the edge does not say where the request comes from");
  return address;
}
