import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { delimiter, join } from "node:path";
import { encodePem } from "../../core/asn1/pem.ts";
import { buildGoProgram, GO_SKIP } from "../support/go-program.ts";
import { openssl, OPENSSL_SKIP, type Workspace } from "../support/openssl.ts";
import { Pkcs10CertificateRequestGenerator } from "../support/x509.ts";

/** A program or library that makes CSRs. Each makes one afresh for O=system:nodes, CN=system:node:generated. */
export interface Generator {
  readonly name: string;
  /** What stands in its CSRs that others do not write. */
  readonly peculiarity: string;
  /** What its user has to know. */
  readonly advice: string;
  /** For the `skip` option of its test. */
  readonly skip: string | false;
  /** Where it is tried: in every run of CI, or where it was installed by hand. */
  readonly tried: string;
  readonly make: (files: Workspace) => string | Promise<string>;
}

const PROGRAMS = join(import.meta.dirname, "programs");
const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 120_000 });
const where = (install: string): string => run("bash", join(import.meta.dirname, install), "--where").trim();

const INSTALLED = where("install");
const PYTHON = join(where("../moto/install"), "bin/python");
const NODE_FORGE = join(INSTALLED, "node-forge/node_modules");
const RCGEN = join(INSTALLED, "rcgen/target/debug/csr");
const BOUNCY_CASTLE = globSync("*.jar", { cwd: join(INSTALLED, "bouncy-castle") }).map((jar) =>
  join(INSTALLED, "bouncy-castle", jar),
);

const absent = (what: string): string => `${what} is not on this machine: test/csr-generators/install`;
const needs = (path: string, what: string): string | false => (existsSync(path) ? false : absent(what));
const needsProgram = (command: string, what: string = command): string | false =>
  spawnSync(command, ["--version"]).error === undefined ? false : absent(what);

const CI = "in CI";
const BY_HAND = "where it was installed";
const AS_IT_IS = "nothing";

function compiled(files: Workspace, name: string, ...libraries: readonly string[]): string {
  run("cc", "-w", "-o", files.path(name), join(PROGRAMS, `${name}.c`), ...libraries.map((library) => `-l${library}`));
  return files.path(name);
}

const wolfssl = (files: Workspace, ...version: readonly string[]): string =>
  run(compiled(files, "wolfssl", "wolfssl"), ...version);

/** Without a version that was asked for: refused, and docs/csr-generators.md says what to write. */
export const wolfsslOfVersion2 = (files: Workspace): string => wolfssl(files);

export const WOLFSSL_SKIP = needs("/usr/include/wolfssl/wolfcrypt/asn.h", "wolfSSL's library");

/** Go writes all the organizations of a name into one RDN. */
export function goRequest(files: Workspace, commonName: string, ...organizations: readonly string[]): string {
  return run(buildGoProgram(join(PROGRAMS, "go/main.go"), files.path("go-csr")), commonName, ...organizations);
}

function keytool(files: Workspace): string {
  const store = ["-keystore", files.path("store.p12"), "-storepass", "changeit", "-alias", "node"];
  const name = ["-dname", "CN=system:node:generated, O=system:nodes"];
  run("keytool", "-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", ...name, ...store);
  return run("keytool", "-certreq", ...store);
}

function certtool(files: Workspace): string {
  run("certtool", "--generate-privkey", "--key-type=ecdsa", "--curve=secp256r1", "--outfile", files.path("key.pem"));
  const lines = ["organization = system:nodes", "cn = system:node:generated", "signing_key", "tls_www_client"];
  const template = files.write("template", lines.join("\n"));
  return run("certtool", "--generate-request", "--load-privkey", files.path("key.pem"), "--template", template);
}

function cfssl(files: Workspace): string {
  const asked = { CN: "system:node:generated", key: { algo: "ecdsa", size: 256 }, names: [{ O: "system:nodes" }] };
  const answer: unknown = JSON.parse(run("cfssl", "genkey", files.write("csr.json", JSON.stringify(asked))));
  return typeof answer === "object" && answer !== null && "csr" in answer ? String(answer.csr) : "";
}

async function webCrypto(): Promise<string> {
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const csr = await Pkcs10CertificateRequestGenerator.create({
    name: "O=system:nodes, CN=system:node:generated",
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
  });
  return encodePem("CERTIFICATE REQUEST", new Uint8Array(csr.rawData));
}

const opensslRequest = (...options: readonly string[]): string => {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null"];
  const subject = ["-subj", "/O=system:nodes/CN=system:node:generated"];
  return openssl(["req", "-new", ...key, ...subject, ...options]).toString("latin1");
};

export const GENERATORS: readonly Generator[] = [
  {
    name: "OpenSSL, `req -new`",
    peculiarity: "with `-text`, text before the block; with `-newhdr`, the label with `NEW`",
    advice: AS_IT_IS,
    skip: OPENSSL_SKIP,
    tried: CI,
    make: () => opensslRequest("-text", "-newhdr"),
  },
  {
    name: "Java, `keytool -certreq`",
    peculiarity: "the label with `NEW`, a subject key identifier",
    advice: AS_IT_IS,
    skip: needsProgram("keytool"),
    tried: BY_HAND,
    make: keytool,
  },
  {
    name: "GnuTLS, `certtool --generate-request`",
    peculiarity: "text before the block, the label with `NEW`, the common name first",
    advice: AS_IT_IS,
    skip: needsProgram("certtool"),
    tried: BY_HAND,
    make: certtool,
  },
  {
    name: "cfssl, `genkey`",
    peculiarity: "several organizations in one RDN; DNS names for what is in `hosts`",
    advice: "leave `hosts` out for a kubelet's client certificate",
    skip: needsProgram("cfssl"),
    tried: BY_HAND,
    make: cfssl,
  },
  {
    name: "Go, `crypto/x509` (also step, client-go)",
    peculiarity: "several organizations in one RDN",
    advice: AS_IT_IS,
    skip: GO_SKIP,
    tried: CI,
    make: (files) => goRequest(files, "system:node:generated", "system:nodes"),
  },
  {
    name: "pyca/cryptography",
    peculiarity: "",
    advice: AS_IT_IS,
    skip: existsSync(PYTHON) || process.env["CI"] !== undefined ? false : "test/moto/install was not run",
    tried: CI,
    make: () => run(PYTHON, join(PROGRAMS, "pyca.py")),
  },
  {
    name: "Web Crypto, @peculiar/x509",
    peculiarity: "",
    advice: AS_IT_IS,
    skip: false,
    tried: CI,
    make: webCrypto,
  },
  {
    name: "Mbed TLS (2.28)",
    peculiarity: "NULL behind ecdsa-with-SHA256",
    advice: AS_IT_IS,
    skip: needs("/usr/include/mbedtls/x509_csr.h", "Mbed TLS's library"),
    tried: BY_HAND,
    make: (files) => run(compiled(files, "mbedtls", "mbedx509", "mbedcrypto")),
  },
  {
    name: "wolfSSL",
    peculiarity: "version 2 where none was asked for",
    advice: "set `csr.version = 0` after `wc_InitCert`: a CSR has that version (RFC 2986), and another is refused",
    skip: WOLFSSL_SKIP,
    tried: BY_HAND,
    make: (files) => wolfssl(files, "0"),
  },
  {
    name: "rcgen",
    peculiarity: "key usages padded to nine bits",
    advice: "ask for no usages that the signer does not give",
    skip: needs(RCGEN, "rcgen"),
    tried: BY_HAND,
    make: () => run(RCGEN),
  },
  {
    name: "node-forge",
    peculiarity: "attributes in the order in which they were given; RSA only",
    advice: AS_IT_IS,
    skip: needs(NODE_FORGE, "node-forge"),
    tried: BY_HAND,
    make: () =>
      execFileSync(process.execPath, [join(PROGRAMS, "node-forge.cjs")], {
        encoding: "utf8",
        env: { ...process.env, NODE_PATH: NODE_FORGE },
      }),
  },
  {
    name: "Bouncy Castle",
    peculiarity: "no attributes at all after `setLeaveOffEmptyAttributes(true)`",
    advice: AS_IT_IS,
    skip: BOUNCY_CASTLE.length === 0 ? absent("Bouncy Castle") : needsProgram("java"),
    tried: BY_HAND,
    make: () => run("java", "-cp", BOUNCY_CASTLE.join(delimiter), join(PROGRAMS, "BouncyCastle.java")),
  },
];

/** The rows of docs/csr-generators.md. */
export function generatorTable(): string {
  const rows = GENERATORS.map(
    ({ name, peculiarity, advice, tried }) => `| ${name} | ${peculiarity || "-"} | ${advice} | ${tried} |`,
  );
  return [
    "| your generator | what it writes that others do not | what to do | tried |",
    "| --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}
