import { HttpsClient } from "../test/support/https-client.ts";
import { startLocalService } from "../test/support/local-service.ts";
import { rounded, type Figure } from "./figure.ts";
import { nodeCsrPem } from "./node-csr.ts";

const CERTIFICATES = 300;
const PARALLEL = 10;

/** First certificates per second of the whole local service: front door, function, KMS and DynamoDB in one process. */
export async function httpIssueFigures(): Promise<Figure[]> {
  const service = await startLocalService();
  const client = new HttpsClient(service);
  try {
    const token = await client.newToken();
    const csrs = Array.from({ length: CERTIFICATES + PARALLEL }, (_, index) => nodeCsrPem(`bench-${index}.example`));
    const issueNext = async (): Promise<void> => {
      for (let csr = csrs.pop(); csr !== undefined && csrs.length >= PARALLEL; csr = csrs.pop()) {
        const { status, text } = await client.post("/v1/certificates", { csr }, token);
        if (status !== 201) throw new Error(`${status} ${text}`);
      }
    };
    for (const csr of csrs.splice(0, PARALLEL)) await client.post("/v1/certificates", { csr }, token);
    const start = performance.now();
    const count = csrs.length - PARALLEL;
    await Promise.all(Array.from({ length: PARALLEL }, issueNext));
    return [
      {
        name: "http.issue",
        value: rounded(count / ((performance.now() - start) / 1000)),
        unit: "requests/s",
        note: `${PARALLEL} at a time, the client beside it`,
      },
    ];
  } finally {
    client.close();
    await service.stop();
  }
}
