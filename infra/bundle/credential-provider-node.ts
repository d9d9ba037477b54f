/**
 * Replaces `@aws-sdk/credential-provider-node` in bundles. Lambda always passes the role's credentials in the
 * environment, where the default chain looks first. Its other sources (profiles, SSO, web identity, instance metadata)
 * are a quarter of the bundle and of a cold start. Functions must not use them.
 */
export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";
