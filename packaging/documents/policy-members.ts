import { SIGNER_NAMES } from "../../core/certificate/profile.ts";
import type { Meanings } from "./members.ts";

export const POLICY_MEANINGS: Meanings = {
  version: "A name of your own for this policy. It is in the log of every decision.",
  protectLiveNames:
    "Whether the name of a live node is safe from another key. `false` lets any fitting token take it over.",
  tokens:
    "What administrators may make, whichever way they make it: ceilings for bootstrap tokens. A member that is left out limits nothing.",
  "tokens.maxTtlSeconds":
    "How long a token lives at most. None is without an end then, and one that says nothing lives so long, or a day.",
  "tokens.maxUses": "How often a token may be used at most. One that says nothing may be used so often.",
  "tokens.mustNameNodes":
    "Whether a token must name the nodes that it is for: names, or patterns such as `rack7-*`, but not `*` alone.",
  "tokens.replaceBy":
    "Who may let a live name be replaced, by a token (`--replace`) or by an approval: ARNs of IAM roles and users, which may end in `*`. An empty list: nobody. Left out: every administrator.",
  identityProviders:
    "Issuers of identity tokens that are believed: of the kind `oidc` (`issuer`, `jwksUri` or `jwks`, `algorithms`, `csrHashClaim`) or `aws` (`issuers`, `organizations`), each with `name`, `audience` and `maxTokenAgeSeconds`. None by default.",
  identityRules:
    "What claims of an identity token are worth. The first rule of the provider whose claims match decides; without one, the request is denied.",
  "identityRules[].name": "Named in every denial.",
  "identityRules[].provider": "The `name` of the identity provider whose tokens the rule is about.",
  "identityRules[].claims":
    "By the path of a claim, the values of which a token must have one. `*` stands for any characters.",
  "identityRules[].groups":
    "Groups that the identity has: what `rules` bind. None begins with `system:` or `nodeseal:`, except for `system:bootstrappers:…`.",
  "identityRules[].nodeName":
    "The only name that the identity may have: text, `{claims.PATH}`, and of AWS `{instance-id}`.",
  "identityRules[].binding": "`required`: the token must be made for the CSR. `optional`: it need not be.",
  "identityRules[].replace":
    "`same-principal`: an instance that was set up anew takes its name from itself. `never`: it does not.",
  rules: "What no rule allows is denied. An empty list issues nothing.",
  "rules[].name": "Named in every denial.",
  "rules[].group": "Whom the rule is about: a group of a bootstrap token, or an organization of a certificate.",
  "rules[].signerName": { means: "What kind of certificate the rule is about.", allowed: { enum: SIGNER_NAMES } },
  "rules[].approval": "`manual`: an administrator decides. Where several rules allow a request, an automatic one wins.",
  "rules[].ownNameOnly": "Whether the common name must be the requester's own user name.",
  "rules[].names":
    "Names that may be asked for; `*` stands for any characters. Node names are lower-case RFC 1123 subdomains of at most 52 characters, without `system:node:`.",
  "rules[].organizations":
    "Organizations of the subject, for signers that leave them open. None begins with `system:`. The order in a CSR has no meaning.",
  "rules[].organizationsMode": "`all`: a request names each of the organizations. `any`: one or more of them.",
  "rules[].dnsNames":
    "DNS names that may be asked for: patterns with `*` and `{name}`. Upper and lower case are alike.",
  "rules[].ipAddresses":
    "Addresses that may be asked for: CIDR blocks. Each of the group may have any address of them.",
  "rules[].keyTypes":
    "Kinds of keys that are certified. Kubelets make no Ed25519 key, and API Gateway takes none by mutual TLS.",
  "rules[].defaultLifetimeSeconds": "How long a certificate lives when the request does not say.",
  "rules[].maxLifetimeSeconds": "How long it lives at most. Longer wishes are cut, also at the CA's own end.",
  "rules[].recoverySeconds":
    "For so long after its end, a node's latest certificate may still renew, by proof of possession. 0: only when an operator lets it.",
  "rules[].noRevAvail":
    "Whether certificates say that nobody is told of their revocation (RFC 9608). Only with a `maxLifetimeSeconds` of at most a day.",
  "rules[].recoveries": "How often in a row that may happen. 0: never, whatever an operator says.",
};
