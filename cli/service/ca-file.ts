import { readFileSync } from "node:fs";
import { parsePemBlocks, PemError } from "../../core/asn1/pem.ts";
import { messageOf, OperatorError } from "../program/operator-error.ts";

/** The CAs of NODESEAL_CA_FILE. @throws OperatorError */
export function readCaFile(path: string): string {
  const pem = readText(path);
  if (holdsCertificate(pem)) return pem;
  throw new OperatorError(
    `NODESEAL_CA_FILE must name the PEM file of the CA that authenticates the service: ${path} holds no certificate`,
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const isDirectory = error instanceof Error && "code" in error && error.code === "EISDIR";
    throw new OperatorError(
      `NODESEAL_CA_FILE must name the PEM file of the CA that authenticates the service: ${isDirectory ? `${path} is a directory` : messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Whether the text has at least one PEM block of a certificate, and none is damaged. */
export function holdsCertificate(pem: string): boolean {
  try {
    return parsePemBlocks(pem, "CERTIFICATE").length > 0;
  } catch (error) {
    if (error instanceof PemError) return false;
    throw error;
  }
}
