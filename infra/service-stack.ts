import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { DeploymentConfiguration } from "./configuration.ts";
import type { CertificateSigningState } from "./constructs/certificate-signing-state.ts";
import { CertificateSigningService } from "./constructs/certificate-signing-service.ts";

const DAY_SECONDS = 24 * 3600;

export interface ServiceStackProps extends StackProps {
  readonly configuration: DeploymentConfiguration;
  readonly state: CertificateSigningState;
}

/** Deployed often, and to be thrown away and deployed again at will: nothing in it is state. */
export class ServiceStack extends Stack {
  readonly service: CertificateSigningService;

  constructor(scope: Construct, id: string, { configuration, state, ...props }: ServiceStackProps) {
    super(scope, id, props);
    const { authority, policy, nodeApi, adminApi, retention, tracing } = configuration;
    this.service = new CertificateSigningService(this, "Service", {
      state,
      policy,
      rootLifetimeSeconds: authority.rootLifetimeDays * DAY_SECONDS,
      issuingLifetimeSeconds: authority.issuingLifetimeDays * DAY_SECONDS,
      nodeApi,
      adminApi,
      logDays: retention.logDays,
      tracing,
    });
    this.output("Url", "The service's endpoint", this.service.url);
    this.output("RootPin", "SHA-256 of the root's public key", `sha256:${this.service.authority.rootSpkiSha256}`);
    this.output(
      "NextCommand",
      "A first token, and the line to paste on a node",
      `npx nodeseal token create --url ${this.service.url} --ttl 1h --max-uses 1 --print-join-command`,
    );
  }

  private output(id: string, description: string, value: string): void {
    new CfnOutput(this, id, { description, value });
  }
}
