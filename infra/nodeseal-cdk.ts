/** What the package nodeseal-cdk gives to CDK apps: the constructs, the two stacks, and readers of files. */
export { parsePolicy } from "../core/policy/policy-document.ts";
export { DEFAULT_POLICY, type Policy, type PolicyRule } from "../core/policy/policy.ts";
export type { RevocationListPlan } from "../core/authority/revocation-list-plan.ts";
export type { AuthorityKeySpec } from "../core/keys/key-type.ts";
export { ConfigurationFileError } from "./configuration/configuration-file-error.ts";
export { readConfigurationFile, readPolicyFile } from "./configuration/configuration-file.ts";
export type { DeploymentConfiguration, ExternalCaSettings } from "./configuration/deployment-configuration.ts";
export type { EventsSettings, FunctionSettings, KubernetesSettings } from "./configuration/service-defaults.ts";
export { CustomDomain, type CustomDomainProps } from "./constructs/front-door/custom-domain.ts";
export { Edge, type EdgeProps } from "./constructs/front-door/edge.ts";
export { ServiceMonitoring, type ServiceMonitoringProps } from "./constructs/monitoring/service-monitoring.ts";
export {
  CertificateSigningService,
  type CertificateSigningServiceProps,
} from "./constructs/service/certificate-signing-service.ts";
export {
  CertificateSigningState,
  type CertificateSigningStateProps,
} from "./constructs/state/certificate-signing-state.ts";
export { ServiceStack, type ServiceStackProps } from "./service-stack.ts";
export { StateStack } from "./state-stack.ts";
