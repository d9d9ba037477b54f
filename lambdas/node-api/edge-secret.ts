import { sharedSecret, type SharedSecret } from "../../adapters/secrets-manager/shared-secret.ts";
import { signedRequest } from "../../adapters/signed-request.ts";
import type { EdgeEnvironment } from "../configuration.ts";

/** What CloudFront alone can present. It is read when the first request comes through the edge. */
export function edgeSecret(
  { EDGE_SECRET_ARN }: EdgeEnvironment,
  environment: NodeJS.ProcessEnv,
  clock: () => Date,
): SharedSecret {
  const region = environment["AWS_REGION"] ?? "";
  return sharedSecret({
    request: signedRequest({ service: "secretsmanager", region }),
    endpoint: environment["AWS_ENDPOINT_URL_SECRETS_MANAGER"] ?? `https://secretsmanager.${region}.amazonaws.com`,
    secretArn: EDGE_SECRET_ARN,
    clock,
  });
}
