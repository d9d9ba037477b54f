import { CfnOutput, Stack, Validations, type StackProps } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic, type ITopic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";
import { authorityIdOf } from "../core/authority/generation.ts";
import type { DeploymentConfiguration } from "./configuration/deployment-configuration.ts";
import { validatorWaitSeconds } from "./configuration/validators.ts";
import type { CertificateSigningState } from "./constructs/state/certificate-signing-state.ts";
import { CertificateSigningService } from "./constructs/service/certificate-signing-service.ts";
import { CustomDomain } from "./constructs/front-door/custom-domain.ts";
import { Edge } from "./constructs/front-door/edge.ts";
import { ServiceMonitoring } from "./constructs/monitoring/service-monitoring.ts";

const DAY_SECONDS = 24 * 3600;

export interface ServiceStackProps extends StackProps {
  readonly configuration: DeploymentConfiguration;
  readonly state: CertificateSigningState;
}

/** Deployed often, and may be deleted and deployed again at any time: it holds no state. */
export class ServiceStack extends Stack {
  readonly service: CertificateSigningService;

  constructor(scope: Construct, id: string, { configuration, state, ...props }: ServiceStackProps) {
    super(scope, id, props);
    const { authority, policy, kubernetes, edge, nodeApi, adminApi, events, retention, tracing } = configuration;
    this.service = new CertificateSigningService(this, "Service", {
      state,
      policy,
      rootLifetimeSeconds: authority.rootLifetimeDays * DAY_SECONDS,
      issuingLifetimeSeconds: authority.issuingLifetimeDays * DAY_SECONDS,
      ...(kubernetes === undefined ? {} : { kubernetes }),
      ...(edge === undefined ? {} : { edgeDomainName: edge.name }),
      revocationLists: configuration.revocationLists ?? null,
      validatorWaitSeconds: validatorWaitSeconds(configuration.validators),
      forcedRetirementTakesTwo: authority.forcedRetirementTakesTwo,
      ...(configuration.rolesAnywhere === undefined ? {} : { rolesAnywhere: configuration.rolesAnywhere }),
      nodeApi,
      adminApi,
      authorityReservedConcurrency: authority.reservedConcurrency,
      events,
      logDays: retention.logDays,
      tracing,
    });
    const topic = this.topicOf(configuration.alarms);
    // Named "Default", which CloudFormation's names leave out: alarms and dashboard keep theirs.
    new ServiceMonitoring(this, "Default", {
      service: this.service,
      state,
      reservedConcurrency: nodeApi.reservedConcurrency,
      overdueNodes: configuration.alarms.overdueNodes,
      hasDashboard: configuration.alarms.dashboard,
      ...(topic === undefined ? {} : { topic }),
    });
    this.addDomains(configuration.domains, state);
    this.addEdge(edge, state);
    this.outputAddress(configuration.domains.api?.name);
    this.output("RootPin", "SHA-256 of the root's public key", `sha256:${this.service.authority.rootSpkiSha256}`);
    this.outputRolesAnywhere();
    this.outputNextCommand(state);
  }

  private outputRolesAnywhere(): void {
    const { rolesAnywhere } = this.service;
    if (rolesAnywhere === undefined) return;
    const { trustAnchorArn, profileArn, role } = rolesAnywhere;
    this.output("RolesAnywhereTrustAnchor", "For aws_signing_helper --trust-anchor-arn, and nodeadm", trustAnchorArn);
    this.output("RolesAnywhereProfile", "For aws_signing_helper --profile-arn, and nodeadm", profileArn);
    this.output("RolesAnywhereRole", "For aws_signing_helper --role-arn, and nodeadm", role.roleArn);
  }

  /** Machines keep the address that they joined by. The API's own goes with this stack; a domain of yours stays. */
  private outputAddress(domainName: string | undefined): void {
    const own = "The API's own endpoint: another one after this stack was destroyed";
    if (domainName === undefined) {
      this.output("Url", own, this.service.url);
    } else {
      this.output("Url", "The service's endpoint, once its name points to ApiDomainTarget", `https://${domainName}`);
      this.output("DefaultUrl", own, this.service.url);
    }
  }

  private outputNextCommand({ awaitedKeys, issuingKeys }: CertificateSigningState): void {
    const where = `--stack ${this.stackName} --region ${this.region}`;
    const awaited = issuingKeys.findIndex((key) => awaitedKeys.has(key)) + 1;
    if (awaited > 0) {
      const id = authorityIdOf("issuing", awaited);
      const what = "What the external CA is to sign; then name its certificate in authority.issuingCertificateFiles";
      this.output("NextCommand", what, `nodeseal ca csr ${id} ${where} > ${id}.csr`);
      return;
    }
    this.output(
      "NextCommand",
      "A first token, and the line to paste on a node",
      `nodeseal token create ${where} --ttl 1h --max-uses 1 --print-join-command`,
    );
  }

  private topicOf({ topicArn, email }: DeploymentConfiguration["alarms"]): ITopic | undefined {
    if (topicArn !== undefined) return Topic.fromTopicArn(this, "AlarmTopic", topicArn);
    if (email === undefined) return undefined;
    const topic = new Topic(this, "AlarmTopic", { enforceSSL: true });
    // The policy that requires TLS replaces the default one, which would let alarms publish.
    topic.addToResourcePolicy(
      new PolicyStatement({
        actions: ["sns:Publish"],
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        resources: [topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": this.account } },
      }),
    );
    topic.addSubscription(new EmailSubscription(email));
    Validations.of(topic).acknowledge({
      id: "Serverless-SNSRedrivePolicy",
      reason:
        "The reader is a person's mailbox; SNS itself retries mail for hours, and the alarm's state stays visible",
    });
    return topic;
  }

  private addDomains(
    { api, mutualTls }: DeploymentConfiguration["domains"],
    { trustBundle }: CertificateSigningState,
  ): void {
    const { frontDoor, authority } = this.service;
    const shared = { api: frontDoor.api, stage: frontDoor.stage };
    if (api !== undefined) {
      const { target } = new CustomDomain(this, "ApiDomain", { ...api, ...shared });
      this.output("ApiDomainTarget", `Point ${api.name} here (CNAME or alias)`, target);
    }
    if (mutualTls !== undefined) {
      const truststore = { trustBundle, version: authority.trustBundleVersion };
      const { target } = new CustomDomain(this, "MutualTlsDomain", { ...mutualTls, ...shared, truststore });
      this.output("MutualTlsDomainTarget", `Point ${mutualTls.name} here (CNAME or alias)`, target);
    }
  }

  private addEdge(edge: DeploymentConfiguration["edge"], { clusterName, trustBundle }: CertificateSigningState): void {
    const { frontDoor, authority, edgeSecret } = this.service;
    if (edge === undefined || edgeSecret === undefined) return;
    const { target } = new Edge(this, "Edge", {
      ...edge,
      clusterName,
      api: frontDoor.api,
      stage: frontDoor.stage,
      secret: edgeSecret,
      truststore: { trustBundle, version: authority.trustBundleVersion },
    });
    this.output("EdgeUrl", "The one URL for Kubernetes' own clients", `https://${edge.name}`);
    this.output("EdgeTarget", `Point ${edge.name} here (CNAME or alias)`, target);
  }

  private output(id: string, description: string, value: string): void {
    new CfnOutput(this, id, { description, value });
  }
}
