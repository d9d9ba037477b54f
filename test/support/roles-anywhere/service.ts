import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { createSession, type AssumableRole, type Session } from "./create-session.ts";
import { EmulatedTrustAnchor, invalid, ServiceError, type EmulatedList } from "./trust-anchor.ts";

export interface EmulatedRolesAnywhere {
  readonly url: string;
  readonly anchor: EmulatedTrustAnchor;
  /** What every call was, oldest first: `PATCH /crl`. */
  readonly calls: string[];
  readonly sessions: Session[];
  /** Why sessions were refused. */
  readonly refusals: string[];
  /** How many of the next calls of the control plane are throttled. */
  throttled: number;
  /** Set while the control plane is down. */
  isDown: boolean;
  readonly close: () => Promise<void>;
}

export interface EmulationOptions {
  readonly trustAnchorArn: string;
  readonly certificatesPem: string;
  readonly region: string;
  readonly role?: AssumableRole;
  readonly clock?: () => Date;
}

/** IAM Roles Anywhere on this machine: the calls that the authority function makes, and CreateSession. */
export async function startRolesAnywhere(options: EmulationOptions): Promise<EmulatedRolesAnywhere> {
  const anchor = new EmulatedTrustAnchor(options.trustAnchorArn, options.certificatesPem);
  const { region, role, clock = () => new Date() } = options;
  const server = createServer((request, response) => {
    void request.toArray().then(async (chunks) => {
      const body = Buffer.concat(chunks as Buffer[]);
      try {
        const answer = await answered(request, body);
        response.writeHead(request.method === "POST" ? 201 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(answer));
      } catch (error) {
        const { statusCode, code, message } =
          error instanceof ServiceError ? error : new ServiceError(500, "InternalFailure", String(error));
        response.writeHead(statusCode, { "content-type": "application/json", "x-amzn-errortype": `${code}:http://x/` });
        response.end(JSON.stringify({ message }));
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const emulation: EmulatedRolesAnywhere = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    anchor,
    calls: [],
    sessions: [],
    refusals: [],
    throttled: 0,
    isDown: false,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function answered(request: IncomingMessage, body: Buffer): Promise<object> {
    const { method = "", url: target = "", rawHeaders } = request;
    const [, resource = "", id = ""] = new URL(target, emulation.url).pathname.split("/");
    emulation.calls.push(`${method} /${resource}`);
    if (resource === "sessions") {
      if (role === undefined) throw invalid("no role was given to this emulation");
      try {
        const session = createSession({ method, target, rawHeaders, body }, anchor, role, { region, now: clock() });
        emulation.sessions.push(session);
        return sessionAnswer(session, clock());
      } catch (error) {
        emulation.refusals.push(error instanceof Error ? error.message : String(error));
        throw error;
      }
    }
    if (emulation.isDown) throw new ServiceError(503, "ServiceUnavailable", "down");
    if (emulation.throttled-- > 0) throw new ServiceError(429, "ThrottlingException", "Rate exceeded");
    emulation.throttled = 0;
    const members = (body.length === 0 ? {} : JSON.parse(body.toString())) as Members;
    return controlled(`${method} /${resource}`, id, members, new URL(target, emulation.url).searchParams);
  }

  async function controlled(call: string, id: string, members: Members, query: URLSearchParams): Promise<object> {
    const isAnchor = anchor.arn.endsWith(`/${id}`);
    switch (call) {
      case "GET /trustanchor":
      case "PATCH /trustanchor": {
        if (!isAnchor) throw new ServiceError(404, "ResourceNotFoundException", "there is no such trust anchor");
        const pem = members.source?.sourceData.x509CertificateData;
        if (pem !== undefined) anchor.replace(pem);
        const source = { sourceType: "CERTIFICATE_BUNDLE", sourceData: { x509CertificateData: anchor.pem } };
        return { trustAnchor: { trustAnchorArn: anchor.arn, enabled: anchor.isEnabled, source } };
      }
      case "GET /crls": {
        // One on each page, with a token that has to be escaped.
        const index = Number(
          Buffer.from(query.get("nextToken") ?? "", "base64")
            .toString()
            .replace(/^~+/, "") || "0",
        );
        const nextToken = Buffer.from(`${"~".repeat(20)}${index + 1}`).toString("base64");
        const more = index + 1 < anchor.lists.length ? { nextToken } : {};
        return { crls: anchor.lists.slice(index, index + 1).map(wire), ...more };
      }
      case "POST /crls": {
        const { name = "", trustAnchorArn = "", tags = [], enabled = false } = members;
        const imported = await anchor.import({ name, trustAnchorArn, tags, enabled, crlData: textOf(members) ?? "" });
        return { crl: wire(imported) };
      }
      case "PATCH /crl": {
        const crlData = textOf(members);
        const { name } = members;
        const changes = { ...(name === undefined ? {} : { name }), ...(crlData === undefined ? {} : { crlData }) };
        return { crl: wire(await anchor.update(id, changes)) };
      }
      default:
        throw new ServiceError(404, "UnknownOperationException", `${call} is not emulated`);
    }
  }
  return emulation;
}

interface Members {
  readonly source?: { readonly sourceData: { readonly x509CertificateData: string } };
  readonly name?: string;
  readonly trustAnchorArn?: string;
  readonly enabled?: boolean;
  readonly tags?: EmulatedList["tags"];
  readonly crlData?: string;
}

function textOf({ crlData }: Members): string | undefined {
  return crlData === undefined ? undefined : Buffer.from(crlData, "base64").toString("latin1");
}

function wire(list: EmulatedList): object {
  return { ...list, crlData: Buffer.from(list.crlData, "latin1").toString("base64") };
}

function sessionAnswer({ roleSessionName, commonName, durationSeconds }: Session, now: Date): object {
  const credentials = {
    accessKeyId: "ASIAIOSFODNN7EXAMPLE",
    secretAccessKey: "emulated",
    sessionToken: roleSessionName,
    expiration: new Date(now.getTime() + durationSeconds * 1000).toISOString(),
  };
  return { credentialSet: [{ credentials, sourceIdentity: commonName }], subjectArn: "emulated" };
}
