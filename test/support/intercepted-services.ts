import type { IssuanceServices } from "../../core/claim/issuance-services.ts";

/** The part of an issuing service that goes over the network: what may be slow, fail, or be the last thing done. */
export type Outside = Pick<IssuanceServices, "tokens" | "nodes" | "ledger" | "admissions" | "signer">;

/** One call to it, such as `nodes.write`. */
export interface OutsideCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** Decides when a call is made, and what its caller gets to know of it. */
export type Gate = <T>(call: OutsideCall, make: () => Promise<T>) => Promise<T>;

/** The same stores and signer with a gate before each call that issuing makes. */
export function intercepted(outside: Outside, gate: Gate): Outside {
  const { tokens, nodes, ledger, admissions, signer } = outside;
  const gated =
    <Args extends readonly unknown[], T>(name: string, call: (...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> =>
      gate({ name, args }, () => call(...args));
  return {
    tokens: {
      read: gated("tokens.read", (id) => tokens.read(id)),
      create: (token) => tokens.create(token),
      consume: gated("tokens.consume", (...use) => tokens.consume(...use)),
      giveBack: gated("tokens.giveBack", (...use) => tokens.giveBack(...use)),
      revoke: (id, at) => tokens.revoke(id, at),
      amend: (id, amendment) => tokens.amend(id, amendment),
      list: (page) => tokens.list(page),
    },
    nodes: {
      read: gated("nodes.read", (key) => nodes.read(key)),
      write: gated("nodes.write", (node) => nodes.write(node)),
      succeed: gated("nodes.succeed", (succession) => nodes.succeed(succession)),
      confirm: gated("nodes.confirm", (confirmation) => nodes.confirm(confirmation)),
      report: gated("nodes.report", (report) => nodes.report(report)),
      readMany: (keys) => nodes.readMany(keys),
      list: (page) => nodes.list(page),
    },
    ledger: {
      read: gated("ledger.read", (name) => ledger.read(name)),
      readMany: gated("ledger.readMany", (names) => ledger.readMany(names)),
      createPending: gated("ledger.createPending", (record) => ledger.createPending(record)),
      reserve: gated("ledger.reserve", (record) => ledger.reserve(record)),
      countAttempt: gated("ledger.countAttempt", (name, at) => ledger.countAttempt(name, at)),
      complete: gated("ledger.complete", (name, ...rest) => ledger.complete(name, ...rest)),
      void: gated("ledger.void", (name, at) => ledger.void(name, at)),
      voidUnsigned: gated("ledger.voidUnsigned", (name, at) => ledger.voidUnsigned(name, at)),
      createVoid: gated("ledger.createVoid", (record) => ledger.createVoid(record)),
      decide: gated("ledger.decide", (name, decision) => ledger.decide(name, decision)),
      noteObstacle: gated("ledger.noteObstacle", (name, obstacle) => ledger.noteObstacle(name, obstacle)),
      revoke: gated("ledger.revoke", (name, revocation) => ledger.revoke(name, revocation)),
      findBySerialNumber: gated("ledger.findBySerialNumber", (serialNumber, filter) =>
        ledger.findBySerialNumber(serialNumber, filter),
      ),
      listRequests: (state, page) => ledger.listRequests(state, page),
      listCertificates: (filter, page) => ledger.listCertificates(filter, page),
    },
    admissions: { read: gated("admissions.read", () => admissions.read()) },
    signer: { sign: gated("signer.sign", (key, algorithm, message) => signer.sign(key, algorithm, message)) },
  };
}
