import type { AgentServices } from "../../../agent/program/agent-services.ts";
import type { ServiceResponse, Transport } from "../../../agent/service/exchange.ts";
import { json, problem } from "./service-answer.ts";
import { testAuthority, type TestAuthority } from "./test-authority.ts";
import { bundleMember } from "./service-body.ts";

/** What validators fetch of a service, written from docs/trust-files.md; with a root and one issuing CA to begin with. */
export class TrustService {
  readonly asked: string[] = [];
  sequence = 1;
  root: TestAuthority;
  authorities: { id: string; authority: TestAuthority }[];
  /** By id, DER. */
  readonly lists = new Map<string, Buffer>();
  /** Instead of the true answer, by path and query. */
  readonly answers = new Map<string, ServiceResponse>();
  mustHavePinnedBundle = false;

  private constructor(root: TestAuthority, issuing: TestAuthority) {
    this.root = root;
    this.authorities = [
      { id: "issuing-g1", authority: issuing },
      { id: "root-g1", authority: root },
    ];
  }

  static async start(): Promise<TrustService> {
    const root = await testAuthority("CN=Root 1");
    return new TrustService(root, await testAuthority("CN=Issuing 1", root));
  }

  /** A list for each CA. */
  async publish(thisUpdate: Date, lifeSeconds = 86_400, serialNumbers: readonly string[] = []): Promise<void> {
    const nextUpdate = new Date(thisUpdate.getTime() + lifeSeconds * 1000);
    for (const { id, authority } of this.authorities)
      this.lists.set(id, await authority.revocationList({ thisUpdate, nextUpdate, serialNumbers }));
  }

  bundleAnswer(query: string, sequence = this.sequence): ServiceResponse {
    const wanted = this.authorities.filter(({ id }) => !query.includes("kube-apiserver") || id.startsWith("issuing"));
    return json(200, {
      sequence,
      authorities: wanted.map(({ id, authority }) => ({ ...bundleMember(authority, 0), id })),
    });
  }

  readonly services: Pick<AgentServices, "trustServer"> = {
    trustServer: () => Promise.resolve({ mustHavePinnedBundle: this.mustHavePinnedBundle, transport: this.#transport }),
  };

  readonly #transport: Transport = ({ url }) => {
    const path = url.pathname + url.search;
    this.asked.push(path);
    return Promise.resolve(this.answers.get(path) ?? this.#answerTo(url));
  };

  #answerTo({ pathname, search }: URL): ServiceResponse {
    if (pathname === "/v1/trust-bundle") return this.bundleAnswer(search);
    const list = this.lists.get(/^\/v1\/crl\/([^/]+)$/.exec(pathname)?.[1] ?? "");
    return list === undefined
      ? problem(404, "not_found", "there is no such revocation list")
      : { status: 200, headers: { "content-type": "application/pkix-crl" }, body: list.toString("latin1") };
  }
}
