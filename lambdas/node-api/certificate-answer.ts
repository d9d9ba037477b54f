import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { IssuanceAnswer } from "../../core/issuance/issuance-answer.ts";
import { encodePem } from "../../core/asn1/pem.ts";
import { json, text } from "../http/response.ts";
import { rfc3339 } from "../http/rfc3339.ts";
import { prefers } from "../http/request.ts";
import { issuedHeaders, nextStep, requestHeader } from "./agent-headers.ts";

const PEM_CHAIN = "application/pem-certificate-chain";

/** How long a node should wait before it asks again whether somebody approved. */
const PENDING_RETRY_SECONDS = 10;

/** 201 or 200 with the certificate, 202 while it waits for approval. */
export function certificateAnswer(
  event: APIGatewayProxyEventV2,
  answer: IssuanceAnswer,
  newStatus: 200 | 201,
  now: Date,
): APIGatewayProxyStructuredResultV2 {
  const { record, issued, isNew, trustBundleSequence } = answer;
  const { name, reservation } = record;
  if (issued === undefined || reservation === undefined) {
    const headers = { location: `/v1/certificates/${name}`, "retry-after": String(PENDING_RETRY_SECONDS) };
    return json(202, { name, state: "Pending" }, { ...headers, ...nextStep("wait"), ...requestHeader(name) });
  }
  const statusCode = isNew ? newStatus : 200;
  const certificate = issued.chain.map((der) => encodePem("CERTIFICATE", der)).join("");
  const headers = { ...requestHeader(name), ...issuedHeaders(issued, trustBundleSequence, now) };
  if (prefers(event, PEM_CHAIN)) return text(statusCode, PEM_CHAIN, certificate, headers);
  return json(
    statusCode,
    {
      name,
      state: "Issued",
      certificate,
      serialNumber: reservation.serialNumber,
      notBefore: rfc3339(reservation.notBefore),
      notAfter: rfc3339(reservation.notAfter),
      renewAfter: rfc3339(issued.renewAfter),
      renewBefore: rfc3339(issued.renewBefore),
      trustBundleSequence,
    },
    headers,
  );
}
