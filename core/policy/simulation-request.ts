import * as z from "zod/mini";
import { isTokenId } from "../token/bootstrap-token.ts";
import { ipAddressOctets } from "../certificate/ip-address.ts";
import { KEY_TYPES } from "../keys/key-type.ts";
import { checked, must } from "../input/schema.ts";
import { SIGNING_PARAMETER_MEMBERS } from "./signing-parameters.ts";

const text = z.string().check(z.minLength(1), z.maxLength(253));
const ipAddress = z
  .string()
  .check(must((address) => ipAddressOctets(address) !== undefined, "must be an IPv4 or IPv6 address"));
/** The characters that a dNSName of a CSR can have. Policy decides which names are allowed. */
const dnsName = text.check(must((name) => /^[\x21-\x7e]+$/.test(name), "must be printable ASCII without spaces"));

export const simulationSchema = z
  .strictObject({
    identity: z
      .strictObject({
        groups: z.optional(z.array(text).check(z.minLength(1), z.maxLength(20))),
        username: z.optional(text),
        /** Of an identity token: its payload. The token itself is nobody's business but its reader's. */
        claims: z.optional(z.record(z.string(), z.unknown())),
        tokenId: z.optional(
          z.string().check(must(isTokenId, "must be a token's id: six lower-case letters or digits, no secret")),
        ),
      })
      .check(
        must(
          ({ groups, tokenId, claims }) => [groups, tokenId, claims].filter((one) => one !== undefined).length === 1,
          "must have exactly one of groups, tokenId and claims",
        ),
        must(
          ({ username, groups }) => username === undefined || groups !== undefined,
          "must not have a username but beside groups: a token has its own",
        ),
      ),
    csr: z.optional(z.string()),
    nodeName: z.optional(text),
    subject: z.optional(
      z.strictObject({ organizations: z.optional(z.array(text).check(z.maxLength(20))), commonName: z.optional(text) }),
    ),
    dnsNames: z.optional(z.array(dnsName).check(z.maxLength(100))),
    ipAddresses: z.optional(z.array(ipAddress).check(z.maxLength(100))),
    keyType: z.optional(z.enum(KEY_TYPES)),
    sourceIp: z.optional(ipAddress),
    ...SIGNING_PARAMETER_MEMBERS,
  })
  .check(
    must(({ csr, nodeName, subject, identity }) => {
      const count = [csr, nodeName, subject].filter((member) => member !== undefined).length;
      // Where the name comes from claims, nothing has to ask for one.
      return count === 1 || (count === 0 && identity.claims !== undefined);
    }, "must have exactly one of csr, nodeName and subject"),
    must(
      ({ csr, dnsNames, ipAddresses, keyType }) =>
        csr === undefined || [dnsNames, ipAddresses, keyType].every((member) => member === undefined),
      "must not describe dnsNames, ipAddresses or a keyType beside a csr, which has its own",
    ),
  );

/** Who asks, and for what: a CSR, a subject, or the default subject of a node name under the signer's profile. */
export type SimulationRequest = z.output<typeof simulationSchema>;

/** @throws RefusalError `malformed_request` naming the document and the member */
export function parseSimulationRequest(document: unknown, what: string): SimulationRequest {
  return checked(simulationSchema, document, what);
}
