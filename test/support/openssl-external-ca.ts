import { openssl, type Workspace } from "./openssl.ts";

/** A CA as an operator may have one: openssl, a key in a file, and what it grants to a CA below. */
export interface OpensslCa {
  readonly rootFile: string;
  /** Verifies the request as an outside CA must, signs it, and gives the file of the certificate. */
  readonly sign: (csr: string, name: string, days?: number) => string;
}

const EXTENSIONS = `[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[issuing]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
[req]
distinguished_name = name
[name]
`;

export function opensslCa(files: Workspace, name = "outside-root"): OpensslCa {
  const configuration = files.write("outside-ca.cnf", EXTENSIONS);
  const [keyFile, rootFile] = [files.path(`${name}.key`), files.path(`${name}.pem`)];
  openssl(["ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", keyFile]);
  const subject = ["-subj", `/O=Example/CN=Example corporate ${name}`];
  const self = [
    "req",
    "-new",
    "-x509",
    "-key",
    keyFile,
    "-days",
    "7300",
    "-config",
    configuration,
    "-extensions",
    "root",
  ];
  openssl([...self, ...subject, "-out", rootFile]);
  return {
    rootFile,
    sign: (csr, fileName, days = 1825) => {
      const [csrFile, file] = [files.write(`${fileName}.csr`, csr), files.path(fileName)];
      openssl(["req", "-in", csrFile, "-noout", "-verify"]);
      const by = [
        "-CA",
        rootFile,
        "-CAkey",
        keyFile,
        "-CAcreateserial",
        "-extfile",
        configuration,
        "-extensions",
        "issuing",
      ];
      openssl(["x509", "-req", "-in", csrFile, ...by, "-days", String(days), "-out", file]);
      return file;
    },
  };
}
