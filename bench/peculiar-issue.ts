import "reflect-metadata";
import { webcrypto, type KeyPairKeyObjectResult } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { median } from "./timing.ts";

const ROUNDS = 9;
const CALLS_PER_ROUND = 12;

/** The same job with @peculiar/x509 alone, for comparison. It is asynchronous, so it is timed by itself. */
export async function peculiarIssue(
  csrPem: string,
  { privateKey, publicKey }: KeyPairKeyObjectResult,
): Promise<() => Promise<number>> {
  x509.cryptoProvider.set(webcrypto);
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = {
    privateKey: await webcrypto.subtle.importKey(
      "pkcs8",
      privateKey.export({ format: "der", type: "pkcs8" }),
      algorithm,
      true,
      ["sign"],
    ),
    publicKey: await webcrypto.subtle.importKey(
      "spki",
      publicKey.export({ format: "der", type: "spki" }),
      algorithm,
      true,
      ["verify"],
    ),
  };
  const issuer = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "O=Bench, CN=bench G1",
    keys,
    signingAlgorithm: algorithm,
  });
  const issueOne = async (): Promise<void> => {
    const csr = new x509.Pkcs10CertificateRequest(csrPem);
    if (!(await csr.verify())) throw new Error("the CSR does not verify");
    const certificate = await x509.X509CertificateGenerator.create({
      subject: csr.subject,
      issuer: issuer.subject,
      signingKey: keys.privateKey,
      publicKey: csr.publicKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
        new x509.BasicConstraintsExtension(false, undefined, true),
        await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ],
    });
    if (!(await certificate.verify({ publicKey: keys.publicKey }))) throw new Error("the certificate does not verify");
  };
  return async () => {
    for (let call = 0; call < CALLS_PER_ROUND; call++) await issueOne();
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      for (let call = 0; call < CALLS_PER_ROUND; call++) await issueOne();
      times.push(((performance.now() - start) / CALLS_PER_ROUND) * 1000);
    }
    return median(times);
  };
}
