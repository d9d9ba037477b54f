import { createHash, hash, randomBytes, type X509Certificate } from "node:crypto";
import { parseCertificateRequestPem } from "../../../core/csr/certificate-request.ts";
import { parseJsonObject, stringMember, type JsonObject } from "../../../core/input/json-object.ts";
import type { ServiceRequest, ServiceResponse } from "../../../agent/service/exchange.ts";
import { discoveryAnswer, type DiscoveryDouble } from "./discovery-answer.ts";
import { checkProof } from "./proof-check.ts";
import { json, problem, routeOf, type RouteName } from "./service-answer.ts";
import { bundleMember, isDue, issuedBody } from "./service-body.ts";
import { forShells } from "./shell-answer.ts";
import { ServiceFaults, type Fault } from "./service-fault.ts";
import { testAuthority, type TestAuthority } from "./test-authority.ts";

interface Issuance {
  readonly name: string;
  state: "Pending" | "Issued" | "Denied" | "Voided";
  readonly spki: Buffer;
  readonly commonName: string;
  readonly presented: string;
  certificate?: X509Certificate;
}

interface NodeRecord {
  anchor?: string;
  candidate?: Issuance;
  revoked?: boolean;
}

/**
 * The service as docs/architecture.md has it, in memory: intents by key, one candidate and one anchor for each node,
 * superseded certificates refused. Written from the contract, apart from the real one.
 */
export class TestService {
  /** Its own in every service: a test that looks for it among all processes must not find another test's. */
  readonly token = `${randomBytes(3).toString("hex")}.${randomBytes(8).toString("hex")}`;
  readonly requests: { route: RouteName; request: ServiceRequest }[] = [];
  readonly faults = new ServiceFaults();
  readonly issuances = new Map<string, Issuance>();
  readonly nodes = new Map<string, NodeRecord>();
  /** Proofs by certificates that had been replaced: what the real one raises an alarm for. */
  readonly copiesSeen: string[] = [];
  readonly root: TestAuthority;
  issuing: TestAuthority;
  authorities: TestAuthority[];
  sequence = 1;
  tokenUses = new Set<string>();
  lifetimeSeconds = 86_400;
  approves = true;
  recovers = false;
  readonly discovery: DiscoveryDouble = { token: this.token, url: undefined };
  /** Undefined: the service says nothing of when to renew. */
  renewAfterShare: number | undefined;
  /** Undefined: the service is an older one, which knows no such question. */
  windowAnswer: (() => { body: object; retryAfterSeconds: number }) | undefined = () => ({
    body: { trustBundleSequence: this.sequence },
    retryAfterSeconds: 21_600,
  });
  clock: () => Date = () => new Date();
  subjectOf: (commonName: string) => string = (commonName) => `O=system:nodes, CN=${commonName}`;

  private constructor(root: TestAuthority, issuing: TestAuthority) {
    this.root = root;
    this.issuing = issuing;
    this.authorities = [issuing, root];
  }

  static async start(): Promise<TestService> {
    const root = await testAuthority("CN=Test Root");
    return new TestService(root, await testAuthority("CN=Test Issuing 1", root));
  }

  fail(route: RouteName, ...faults: Fault[]): void {
    this.faults.add(route, ...faults);
  }

  requestsTo(route: RouteName): ServiceRequest[] {
    return this.requests.filter((entry) => entry.route === route).map(({ request }) => request);
  }

  /** @throws LostError when the connection is to be cut */
  async handle(request: ServiceRequest): Promise<ServiceResponse> {
    const now = this.clock();
    const response = forShells(request, await this.#respond(request), now);
    return { ...response, headers: { date: now.toUTCString(), ...response.headers } };
  }

  /** A new CA generation takes over; the old one stays trusted. */
  async rollAuthority(): Promise<void> {
    this.issuing = await testAuthority(`CN=Test Issuing ${++this.sequence}`, this.root);
    this.authorities = [this.issuing, ...this.authorities];
  }

  async #respond(request: ServiceRequest): Promise<ServiceResponse> {
    const route = routeOf(request);
    if (route === undefined) return problem(404, "not_found", `no route ${request.method} ${request.url.pathname}`);
    this.requests.push({ route, request });
    return this.faults.befall(route, () => this.#answer(route, request));
  }

  async #answer(route: RouteName, request: ServiceRequest): Promise<ServiceResponse> {
    const body = parseJsonObject(request.body ?? "{}") ?? {};
    switch (route) {
      case "bundle":
        return json(200, {
          sequence: this.sequence,
          authorities: this.authorities.map(bundleMember),
        });
      case "discovery":
        return discoveryAnswer(request, this.authorities.map(({ pem }) => pem).join(""), this.sequence, this.discovery);
      case "enrol":
        if (!this.#isToken(request)) return problem(401, "invalid_token", "the token is not valid");
        return await this.#enrol(body);
      case "state": {
        if (!this.#isToken(request)) return problem(401, "invalid_token", "the token is not valid");
        const issuance = this.issuances.get(decodeURIComponent(request.url.pathname.split("/").at(-1) ?? ""));
        return issuance === undefined ? problem(404, "not_found", "no such request") : await this.#finish(issuance);
      }
      case "window": {
        const answer = this.windowAnswer?.();
        if (answer === undefined) return problem(404, "not_found", "there is nothing at this path");
        return json(200, answer.body, {
          "nodeseal-next": this.#isDue(request) ? "renew" : "keep",
          "retry-after": String(answer.retryAfterSeconds),
        });
      }
      case "renew":
        return await this.#renew(request, body);
      case "confirm":
        return this.#confirm(request, body);
    }
  }

  async #enrol(body: JsonObject): Promise<ServiceResponse> {
    const csr = parseCertificateRequestPem(stringMember(body, "csr") ?? "");
    const commonName = csr.subject.find(({ type }) => type === "2.5.4.3")?.value ?? "";
    const issuance = this.#intent(csr.spki, commonName, "token");
    if (issuance.state === "Issued") return await this.#finish(issuance);
    const node = this.#node(commonName);
    const anchor = this.issuances.get(node.anchor ?? "");
    if (anchor?.certificate && new Date(anchor.certificate.validTo) > this.clock()) {
      return problem(409, "node_name_taken", `${commonName} is held by a live node`);
    }
    this.tokenUses.add(issuance.name);
    this.#claim(node, issuance);
    return await this.#finish(issuance);
  }

  async #renew(request: ServiceRequest, body: JsonObject): Promise<ServiceResponse> {
    const csr = parseCertificateRequestPem(stringMember(body, "csr") ?? "");
    const holder = this.#holderOf(request, body, hash("sha256", csr.der, "base64url"));
    if (!("certificate" in holder)) return holder;
    const { issuance: presented, node, certificate } = holder;
    const hasExpired = new Date(certificate.validTo) < this.clock();
    const issuance = this.#intent(csr.spki, presented.commonName, presented.name);
    if (node.candidate === presented) node.anchor = presented.name;
    else if (node.anchor !== presented.name) return this.#superseded(presented);
    if (hasExpired && !this.recovers && issuance.state !== "Issued") {
      const nodeName = presented.commonName.replace("system:node:", "");
      return problem(401, "certificate_expired", `it is too late (nodeseal node allow-recovery ${nodeName})`);
    }
    if (issuance.state !== "Issued") this.#claim(node, issuance);
    return await this.#finish(issuance);
  }

  #isDue({ url }: ServiceRequest): boolean {
    const certificate = this.issuances.get(url.pathname.split("/").at(-2) ?? "")?.certificate;
    return certificate === undefined || isDue(certificate, this.renewAfterShare, this.clock());
  }

  #confirm(request: ServiceRequest, body: JsonObject): ServiceResponse {
    const holder = this.#holderOf(request, body, undefined);
    if (!("certificate" in holder)) return holder;
    if (!request.url.pathname.includes(encodeURIComponent(holder.issuance.name))) {
      return problem(404, "not_found", "no such request");
    }
    if (holder.node.candidate !== holder.issuance && holder.node.anchor !== holder.issuance.name) {
      return this.#superseded(holder.issuance);
    }
    holder.node.anchor = holder.issuance.name;
    return { status: 204, headers: {}, body: "" };
  }

  #superseded(issuance: Issuance): ServiceResponse {
    this.copiesSeen.push(issuance.name);
    return problem(403, "certificate_superseded", "a newer certificate of this node is in use");
  }

  #claim(node: NodeRecord, issuance: Issuance): void {
    const displaced = node.candidate;
    if (displaced !== undefined && displaced !== issuance && displaced.name !== node.anchor) displaced.state = "Voided";
    node.candidate = issuance;
  }

  #intent(spki: Uint8Array, commonName: string, presented: string): Issuance {
    const digest = createHash("sha256").update(spki).update(commonName).update(presented).digest("base64url");
    const name = `csr-${digest}`;
    const known = this.issuances.get(name);
    if (known !== undefined) return known;
    const issuance: Issuance = { name, state: "Pending", spki: Buffer.from(spki), commonName, presented };
    this.issuances.set(name, issuance);
    return issuance;
  }

  async #finish(issuance: Issuance): Promise<ServiceResponse> {
    if (issuance.state === "Denied") return problem(403, "request_denied", "not one of ours");
    if (issuance.state === "Voided") return problem(409, "request_voided", "displaced by a newer request");
    if (issuance.state === "Pending" && !this.approves) {
      return json(202, { name: issuance.name, state: "Pending" }, { "retry-after": "1" });
    }
    const isNew = issuance.certificate === undefined;
    const now = this.clock().getTime();
    issuance.certificate ??= await this.issuing.issue({
      name: this.subjectOf(issuance.commonName),
      spki: issuance.spki,
      notBefore: new Date(now - 300_000),
      notAfter: new Date(now + this.lifetimeSeconds * 1000),
    });
    issuance.state = "Issued";
    return json(isNew ? 201 : 200, issuedBody(issuance.name, issuance.certificate, this));
  }

  /** Who made the proof, or the refusal. */
  #holderOf(
    request: ServiceRequest,
    body: JsonObject,
    csrSha256: string | undefined,
  ): { certificate: X509Certificate; issuance: Issuance; node: NodeRecord } | ServiceResponse {
    const expected = { body, audience: request.url.href, csrSha256, now: this.clock() };
    const proof = checkProof(stringMember(body, "proof") ?? "", expected);
    if (typeof proof === "string") return problem(401, "invalid_proof", proof);
    const { certificate } = proof;
    const issuance = [...this.issuances.values()].find((one) => one.certificate?.raw.equals(certificate.raw));
    if (issuance === undefined) return problem(401, "invalid_proof", "not a certificate of ours");
    const node = this.#node(issuance.commonName);
    if (node.revoked === true) return problem(403, "certificate_revoked", "revoked: keyCompromise");
    return { certificate, issuance, node };
  }

  #node(commonName: string): NodeRecord {
    const node = this.nodes.get(commonName) ?? {};
    this.nodes.set(commonName, node);
    return node;
  }

  #isToken({ headers }: ServiceRequest): boolean {
    return headers["authorization"] === `Bearer ${this.token}`;
  }
}
