import { X509Certificate } from "node:crypto";
import { authenticateCertificate } from "../core/issuance/authenticate-certificate.ts";
import { encodeBootstrapToken, randomBootstrapToken } from "../core/token/bootstrap-token.ts";
import { parseCertificateRequestPem } from "../core/csr/certificate-request.ts";
import { confirmCertificate } from "../core/issuance/confirm-certificate.ts";
import { createToken } from "../core/token/create-token.ts";
import { enrol } from "../core/issuance/enrol.ts";
import { KUBELET_CLIENT_SIGNER } from "../core/certificate/profile.ts";
import { renew } from "../core/issuance/renew.ts";
import { sequentialDepth, type AwsCall } from "./aws-call-log.ts";
import { benchDeployment } from "./deployment.ts";
import { rounded, type Figure } from "./figure.ts";
import { nodeCsrPem } from "./node-csr.ts";
import { dollarsPerMillion, eventDollarsPerMillion } from "./price-table.ts";

const PARAMETERS = {
  signerName: KUBELET_CLIENT_SIGNER,
  usages: undefined,
  lifetimeSeconds: undefined,
  sourceIp: "127.0.0.1",
};
/** A node with certificates of seven days enrols once and renews about this often in a year. */
const RENEWALS_PER_ENROLMENT = 65;

/** AWS calls of a warm function, and their price: for a first certificate, its confirmation, and a renewal. */
export async function awsCallFigures(): Promise<Figure[]> {
  const { services, calls, close } = await benchDeployment();
  try {
    const { token } = await createToken({ ...services, newToken: randomBootstrapToken }, UNLIMITED, "bench");
    const first = async (name: string) =>
      enrol(services, {
        token: encodeBootstrapToken(token),
        csr: () => parseCertificateRequestPem(nodeCsrPem(name)),
        parameters: PARAMETERS,
        arrivedAt: new Date(),
      });
    await first("warm.example");
    calls.take();
    const answer = await first("n1.example");
    const enrolment = calls.take();
    const directory = await services.issuers();
    const leaf = new X509Certificate(answer.issued?.chain[0] ?? Buffer.alloc(0));
    const authenticated = authenticateCertificate(Buffer.from(leaf.raw), directory, new Date(), "invalid_proof");
    await confirmCertificate(services, answer.record.name, authenticated);
    const confirmation = calls.take();
    await renew(services, {
      authenticated,
      csr: parseCertificateRequestPem(nodeCsrPem("n1.example")),
      parameters: PARAMETERS,
      arrivedAt: new Date(),
      directory,
    });
    const renewal = calls.take();
    const perNode =
      dollarsPerMillion(enrolment, INDEX_WRITES.enrolment) +
      RENEWALS_PER_ENROLMENT * dollarsPerMillion(renewal, INDEX_WRITES.renewal) +
      (1 + RENEWALS_PER_ENROLMENT) * dollarsPerMillion(confirmation, 0);
    return [
      ...callFigures("calls.enrol", enrolment),
      ...callFigures("calls.confirm", confirmation),
      ...callFigures("calls.renew", renewal),
      dollarFigure(
        "cost.per-million",
        dollarsPerMillion(renewal, INDEX_WRITES.renewal),
        "renewals: what a fleet does all year",
      ),
      dollarFigure("cost.per-million.events", eventDollarsPerMillion(), "in addition, with an event for each"),
      dollarFigure(
        "cost.per-million.enrol",
        dollarsPerMillion(enrolment, INDEX_WRITES.enrolment),
        "first certificates",
      ),
      dollarFigure(
        "cost.per-million.confirmed",
        perNode / (1 + RENEWALS_PER_ENROLMENT),
        "a node's year: enrolment, renewals, and a confirmation of each",
      ),
    ];
  } finally {
    await close();
  }
}

/**
 * Index entries, a write unit each, which dynalite does not bill. Every certificate has `byNode` and `byExpiry`. A
 * first one also has `byToken`, and the node's own entry in `byName`.
 */
const INDEX_WRITES = { renewal: 2, enrolment: 4 };

const UNLIMITED = {
  groups: undefined,
  ttlSeconds: undefined,
  expiration: undefined,
  maxUses: undefined,
  nodeNames: [],
  usages: undefined,
  sourceCidrs: [],
  allowReplace: false,
  description: "",
};

function callFigures(name: string, calls: readonly AwsCall[]): Figure[] {
  const note = calls.map(({ operation }) => operation).join(" ");
  return [
    { name, value: calls.length, unit: "AWS calls", note },
    { name: `${name}.depth`, value: sequentialDepth(calls), unit: "sequential" },
  ];
}

function dollarFigure(name: string, value: number, note: string): Figure {
  return { name, value: rounded(value), unit: "USD", note };
}
