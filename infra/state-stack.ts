import { Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { DeploymentConfiguration } from "./configuration/deployment-configuration.ts";
import { CertificateSigningState } from "./constructs/state/certificate-signing-state.ts";

/** Rarely deployed and never deleted: the stack is protected, and its resources are retained. */
export class StateStack extends Stack {
  readonly state: CertificateSigningState;

  constructor(scope: Construct, id: string, configuration: DeploymentConfiguration, props: StackProps = {}) {
    super(scope, id, { ...props, terminationProtection: true });
    this.state = new CertificateSigningState(this, "State", {
      clusterName: configuration.clusterName,
      keySpec: configuration.authority.keySpec,
      rootGenerations: configuration.authority.rootGenerations,
      issuingGenerations: configuration.authority.issuingGenerations,
      isSingleTier: configuration.authority.hierarchy === "single",
      ...(configuration.authority.externalCa === undefined ? {} : { externalCa: configuration.authority.externalCa }),
      hasRevocationLists: configuration.revocationLists !== undefined,
      pointInTimeRecoveryDays: configuration.retention.pointInTimeRecoveryDays,
      keyAdministratorArns: configuration.keyAdministratorArns,
    });
  }
}
