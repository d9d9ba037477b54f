/** One thing that people do with the admin API: which routes it takes. A role may have several. */
export interface AdministratorRight {
  /** Of the construct, as in `service.grantApprover(role)`. */
  readonly grant: string;
  readonly may: string;
  /** Method and path, as API Gateway has them in a resource's ARN: a star is any text, slashes too. */
  readonly routes: readonly string[];
}

const VIEWED = ["GET /v1/admin/*", "POST /v1/admin/policy/simulation"] as const;

/** In the order in which they are told. Each of them may also see everything: nobody approves, or revokes, in the dark. */
export const ADMINISTRATOR_RIGHTS = {
  viewer: { grant: "grantViewer", may: "see everything, and ask what policy would say", routes: VIEWED },
  approver: {
    grant: "grantApprover",
    may: "let a machine have a certificate: approve and deny requests, release names, allow a recovery",
    routes: [
      ...VIEWED,
      "POST /v1/admin/requests/*/approval",
      "POST /v1/admin/nodes/*/release",
      "POST /v1/admin/nodes/*/recovery",
    ],
  },
  tokenIssuer: {
    grant: "grantTokenIssuer",
    may: "make bootstrap tokens, and revoke them",
    routes: [...VIEWED, "POST /v1/admin/tokens", "DELETE /v1/admin/tokens/*"],
  },
  revoker: {
    grant: "grantRevoker",
    may: "revoke nodes, certificates and tokens, and have nodes renew early",
    routes: [
      ...VIEWED,
      "POST /v1/admin/nodes/*/revocation",
      "POST /v1/admin/certificates/*/revocation",
      "POST /v1/admin/nodes/*/renewal",
      "DELETE /v1/admin/tokens/*",
    ],
  },
  authorityOperator: {
    grant: "grantAuthorityOperator",
    may: "prepare, activate and retire CAs, and admit certificates after a restore",
    routes: [
      ...VIEWED,
      "POST /v1/admin/authorities",
      "POST /v1/admin/authorities/*",
      "DELETE /v1/admin/authorities/*",
      "POST /v1/admin/recovery-admission",
      "DELETE /v1/admin/recovery-admission",
    ],
  },
  admin: { grant: "grantAdmin", may: "do all of it", routes: ["* /v1/admin/*"] },
} as const satisfies Readonly<Record<string, AdministratorRight>>;

export type AdministratorRightName = keyof typeof ADMINISTRATOR_RIGHTS;

/** The grants of the construct that allow a call, the least first. Empty for what is no route of administrators. */
export function grantsFor(method: string, path: string): readonly string[] {
  return Object.values(ADMINISTRATOR_RIGHTS)
    .filter(({ routes }) => routes.some((route) => isLike(route, `${method} ${path}`)))
    .map(({ grant }) => grant);
}

function isLike(pattern: string, text: string): boolean {
  const source = pattern.split("*").map((part) => part.replaceAll(/[.\\+?^${}()|[\]/]/g, "\\$&"));
  return new RegExp(`^${source.join(".*")}$`, "s").test(text);
}
