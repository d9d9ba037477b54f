import { Duration, Stack, Validations } from "aws-cdk-lib";
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { CfnProfile, CfnTrustAnchor } from "aws-cdk-lib/aws-rolesanywhere";
import { Construct } from "constructs";
import { encodePem } from "../../../core/asn1/pem.ts";
import { nobodyCertificate } from "../../../core/roles-anywhere/nobody.ts";
import { CLUSTER_TAG } from "../../../core/roles-anywhere/roles-anywhere.ts";
import type { RolesAnywhereSettings } from "../../configuration/service-defaults.ts";
import type { ServiceFunction } from "./service-function.ts";

export interface RolesAnywhereProps {
  readonly clusterName: string;
  readonly settings: RolesAnywhereSettings;
}

const SERVICE = "rolesanywhere.amazonaws.com";
/** By which a kubelet pulls images. */
const PULL_ONLY = "AmazonEC2ContainerRegistryPullOnly";
/** STS lets a role have no less. */
const LEAST_MAX_SESSION_SECONDS = 3600;

/**
 * AWS credentials for machines outside AWS: a trust anchor, a profile, and a role for the common names of the settings.
 * The anchor begins with the certificate of nobody. The authority function keeps it to the issuing CAs, which exist only
 * after a deployment, and imports their revocation lists.
 */
export class RolesAnywhere extends Construct {
  readonly trustAnchorArn: string;
  readonly profileArn: string;
  readonly role: Role;
  private readonly clusterName: string;

  constructor(scope: Construct, id: string, { clusterName, settings }: RolesAnywhereProps) {
    super(scope, id);
    this.clusterName = clusterName;
    const x509CertificateData = encodePem("CERTIFICATE", nobodyCertificate());
    const anchor = new CfnTrustAnchor(this, "TrustAnchor", {
      name: clusterName,
      enabled: true,
      source: { sourceType: "CERTIFICATE_BUNDLE", sourceData: { x509CertificateData } },
    });
    this.trustAnchorArn = anchor.attrTrustAnchorArn;
    this.role = this.newRole(settings);
    const profile = new CfnProfile(this, "Profile", {
      name: clusterName,
      enabled: true,
      roleArns: [this.role.roleArn],
      durationSeconds: settings.sessionSeconds,
      // nodeadm names its sessions. The role's trust policy lets nobody take another name than its own.
      acceptRoleSessionName: true,
    });
    this.profileArn = profile.attrProfileArn;
  }

  /**
   * Lets the authority function change this one trust anchor, import lists with the cluster's tag, and change lists that
   * have it. A list that is about to be imported has no ARN, and lists are listed of the whole account, or not at all.
   */
  grantFollow(authority: ServiceFunction): void {
    const { partition, region, account } = Stack.of(this);
    const tagged = { StringEquals: { [`aws:RequestTag/${CLUSTER_TAG}`]: this.clusterName } };
    const lists = `arn:${partition}:rolesanywhere:${region}:${account}:crl/*`;
    const allow = (actions: string[], resource: string, conditions = {}): void => {
      authority.role.addToPolicy(new PolicyStatement({ actions, resources: [resource], conditions }));
    };
    allow(["rolesanywhere:GetTrustAnchor", "rolesanywhere:UpdateTrustAnchor"], this.trustAnchorArn);
    allow(["rolesanywhere:ListCrls"], "*");
    allow(["rolesanywhere:ImportCrl"], "*", tagged);
    allow(["rolesanywhere:TagResource"], lists, tagged);
    allow(["rolesanywhere:UpdateCrl"], lists, {
      StringEquals: { [`aws:ResourceTag/${CLUSTER_TAG}`]: this.clusterName },
    });
    const reason = "A list's id is known once it is imported; a tag says which may be imported and changed";
    const everyList = "arn:<AWS::Partition>:rolesanywhere:<AWS::Region>:<AWS::AccountId>:crl/*";
    for (const resource of ["*", everyList])
      Validations.of(authority.role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }

  private newRole({ names, sessionSeconds, managedPolicyArns, eksClusterNames }: RolesAnywhereSettings): Role {
    const { partition, region, account } = Stack.of(this);
    const fromHere = { ArnEquals: { "aws:SourceArn": this.trustAnchorArn } };
    const named = { StringLike: { "aws:PrincipalTag/x509Subject/CN": [...names] } };
    const principal = new ServicePrincipal(SERVICE, { conditions: { ...fromHere, ...named } });
    const role = new Role(this, "Role", {
      description: "For machines outside AWS, by their certificates",
      assumedBy: principal.withConditions({
        // EKS takes the session's name for the node's: it must be the certificate's.
        StringEquals: { "sts:RoleSessionName": "${aws:PrincipalTag/x509Subject/CN}" },
      }),
      maxSessionDuration: Duration.seconds(Math.max(LEAST_MAX_SESSION_SECONDS, sessionSeconds)),
      managedPolicies: managedPolicyArns.map((arn, index) =>
        ManagedPolicy.fromManagedPolicyArn(this, `ManagedPolicy${index}`, arn),
      ),
    });
    role.assumeRolePolicy?.addStatements(
      new PolicyStatement({
        actions: ["sts:TagSession", "sts:SetSourceIdentity"],
        principals: [new ServicePrincipal(SERVICE)],
        conditions: { ...fromHere, ...named },
      }),
    );
    if (eksClusterNames.length > 0) {
      // "Prepare credentials for hybrid nodes", EKS user guide.
      role.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName(PULL_ONLY));
      role.addToPolicy(
        new PolicyStatement({
          actions: ["eks:DescribeCluster"],
          resources: eksClusterNames.map((name) => `arn:${partition}:eks:${region}:${account}:cluster/${name}`),
        }),
      );
    }
    const awsManaged = [...managedPolicyArns, `arn:<AWS::Partition>:iam::aws:policy/${PULL_ONLY}`];
    for (const arn of awsManaged)
      Validations.of(role).acknowledge({
        id: `AwsSolutions-IAM4[Policy::${arn}]`,
        reason: "What machines outside AWS may do is the configuration's to say; hybrid nodes need this one",
      });
    return role;
  }
}
