import { openssl, workspace } from "./openssl.ts";

export interface OpensslCsr {
  readonly csrPem: string;
  readonly keyPem: string;
}

export interface OpensslCsrPlan {
  /** As `-subj` takes it. */
  readonly subject?: string;
  /** As `genpkey` takes it. */
  readonly key?: readonly string[];
  /** `-addext` values. */
  readonly extensions?: readonly string[];
  /** More arguments of `req`: `-sha1`, `-utf8`, `-multivalue-rdn`. */
  readonly options?: readonly string[];
}

export const P256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

/** A CSR as somebody with openssl makes it. */
export function opensslCsr({
  subject = "/O=system:nodes/CN=system:node:n1.example",
  key = P256,
  extensions = [],
  options = [],
}: OpensslCsrPlan = {}): OpensslCsr {
  const files = workspace();
  try {
    const keyPem = openssl(["genpkey", ...key]).toString("utf8");
    const keyFile = files.write("key.pem", keyPem);
    const addext = extensions.flatMap((extension) => ["-addext", extension]);
    const csrPem = openssl(["req", "-new", "-key", keyFile, "-subj", subject, ...addext, ...options]).toString("utf8");
    return { csrPem, keyPem };
  } finally {
    files.remove();
  }
}

export function nodeCsr(nodeName: string): OpensslCsr {
  return opensslCsr({ subject: `/O=system:nodes/CN=system:node:${nodeName}` });
}
