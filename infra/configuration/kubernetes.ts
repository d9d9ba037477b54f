import { X509Certificate } from "node:crypto";
import * as z from "zod/mini";
import { RefusalError } from "../../core/refusal.ts";
import { must } from "../../core/input/schema.ts";
import { PRINCIPAL_PATTERN } from "../../core/token/principal.ts";
import { KUBERNETES_DEFAULTS, type KubernetesSettings } from "./service-defaults.ts";

/** All environment variables of a function together have at most 4 KB. */
const MOST_ADMINISTRATOR_CHARACTERS = 2048;

const administratorArns = z
  .array(
    z
      .string()
      .check(
        must(
          (arn) => PRINCIPAL_PATTERN.test(arn),
          'must be the ARN of an IAM role or user; a "*" may end a name, and not stand for one',
        ),
      ),
  )
  .check(
    must(
      (arns) => arns.join(" ").length <= MOST_ADMINISTRATOR_CHARACTERS,
      `must have at most ${MOST_ADMINISTRATOR_CHARACTERS} characters together`,
    ),
  );

/** Null: limited by the account's pool. */
const concurrency = (atOnce: number | null) => z._default(z.nullable(z.int().check(z.gte(1), z.lte(1000))), atOnce);

export const kubernetesSection = z.strictObject({
  enabled: z._default(z.boolean(), true),
  administratorArns: z._default(administratorArns, []),
  caFile: z.optional(z.string().check(z.minLength(1))),
  // API Gateway gives up at 30 s, and a cold start may come first.
  watchSeconds: z._default(z.int().check(z.gte(1), z.lte(25)), KUBERNETES_DEFAULTS.watchSeconds),
  watchConcurrency: concurrency(KUBERNETES_DEFAULTS.watchConcurrency),
  administrationConcurrency: concurrency(KUBERNETES_DEFAULTS.administrationConcurrency),
});

/**
 * The settings of the section. Undefined without Kubernetes' API.
 *
 * @throws RefusalError naming `kubernetes.caFile`
 */
export function kubernetesSettings(
  section: z.output<typeof kubernetesSection> | undefined,
  readCaFile: (path: string) => string,
): KubernetesSettings | undefined {
  if (!section?.enabled) return undefined;
  const { caFile, administratorArns: arns, watchSeconds, watchConcurrency, administrationConcurrency } = section;
  return {
    administratorArns: arns,
    watchSeconds,
    watchConcurrency,
    administrationConcurrency,
    ...(caFile === undefined ? {} : { caPem: caCertificates(readCaFile(caFile)) }),
  };
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[A-Za-z0-9+/=\s]+-----END \1-----/g;

/** Only the CA certificates: `cluster-info` shows them to everybody, and must not show other content of the file. */
function caCertificates(pem: string): string {
  const blocks = [...pem.matchAll(PEM_BLOCK)];
  if (blocks.length === 0) throw refusedCaFile("holds no certificate in PEM");
  const foreign = blocks.find(([, label]) => label !== "CERTIFICATE");
  if (foreign !== undefined) throw refusedCaFile(`holds a ${foreign[1] ?? ""}, and must hold certificates only`);
  return blocks.map(([block]) => `${caCertificate(block)}\n`).join("");
}

function caCertificate(block: string): string {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(block);
  } catch (cause) {
    throw refusedCaFile("holds a certificate that cannot be read", { cause });
  }
  if (!certificate.ca) throw refusedCaFile(`holds ${certificate.subject}, which is no CA's certificate`);
  return block;
}

function refusedCaFile(why: string, options: ErrorOptions = {}): RefusalError {
  const field = "kubernetes.caFile";
  return new RefusalError("malformed_request", `the configuration: "${field}" ${why}`, { field, ...options });
}
