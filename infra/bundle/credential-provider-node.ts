/**
 * Stands in for `@aws-sdk/credential-provider-node` in bundles. Lambda hands a function its role's credentials in the
 * environment, always; the default chain looks there first. What it would try next (profiles, SSO, web identity, instance
 * metadata) is a quarter of the bundle and of a cold start, and nothing that a function should ever fall back to.
 */
export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";
