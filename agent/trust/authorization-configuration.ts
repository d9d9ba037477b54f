import { dirname, join } from "node:path";
import { readTextIfPresent } from "../directory/durable-file.ts";
import type { FileSystem } from "../directory/file-system.ts";
import { AgentError } from "../program/agent-error.ts";
import { HEADER, type TextFile } from "./trust-files.ts";

export interface AuthorizationOptions {
  readonly file: string;
  /** The operator's own, a list in YAML. Undefined: Node and RBAC. */
  readonly authorizersFile: string | undefined;
}

/** An expression of CEL has at most 100,000 characters. */
const FINGERPRINTS_OF_ONE = 1000;

/** Nobody listens there: what is asked is refused. Discard's port is privileged, so that no user's program can listen. */
const NOWHERE = "https://127.0.0.1:9";

const DEFAULT_AUTHORIZERS = `  - { type: Node, name: node }
  - { type: RBAC, name: rbac }
`;

/**
 * kube-apiserver's AuthorizationConfiguration (Kubernetes 1.32 and later), which it reads again when it changes. In front of
 * all others is an authorizer that is asked about revoked certificates alone, and never answers. kube-apiserver tells each
 * client certificate by its SHA-256: so a node that was released and has joined again is let in, and a copy of its old key
 * is not.
 *
 * @throws AgentError
 */
export function authorizationFiles(
  fileSystem: FileSystem,
  { file, authorizersFile }: AuthorizationOptions,
  revokedSha256: readonly string[],
): readonly TextFile[] {
  const nobody = join(dirname(file), "nobody.kubeconfig");
  const refusing: string[] = [];
  for (let at = 0; at < revokedSha256.length; at += FINGERPRINTS_OF_ONE)
    refusing.push(refusingAuthorizer(revokedSha256.slice(at, at + FINGERPRINTS_OF_ONE), refusing.length + 1, nobody));
  const others = authorizersFile === undefined ? DEFAULT_AUTHORIZERS : ownAuthorizers(fileSystem, authorizersFile);
  const content = `${HEADER}apiVersion: apiserver.config.k8s.io/v1
kind: AuthorizationConfiguration
authorizers:
${refusing.join("")}${others}`;
  return [
    { path: nobody, content: HEADER + NOBODY_KUBECONFIG },
    { path: file, content },
  ];
}

const NOBODY_KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{ name: nobody, cluster: { server: "${NOWHERE}" } }]
users: [{ name: nobody, user: {} }]
contexts: [{ name: nobody, context: { cluster: nobody, user: nobody } }]
current-context: nobody
`;

function refusingAuthorizer(revokedSha256: readonly string[], number: number, nobody: string): string {
  const ids = revokedSha256.map((sha256) => `'X509SHA256=${sha256}'`);
  return `  - type: Webhook
    name: revoked-certificates-${number}
    webhook:
      timeout: 1s
      subjectAccessReviewVersion: v1
      matchConditionSubjectAccessReviewVersion: v1
      failurePolicy: Deny
      authorizedTTL: 1s
      unauthorizedTTL: 1s
      connectionInfo: { type: KubeConfigFile, kubeConfigFile: ${JSON.stringify(nobody)} }
      matchConditions:
        - expression: >-
            'authentication.kubernetes.io/credential-id' in request.extra &&
            request.extra['authentication.kubernetes.io/credential-id'].exists(id, id in [
            ${ids.join(",\n            ")}])
`;
}

/** Put behind ours as it stands: kube-apiserver, which knows YAML, says what is wrong with it. */
function ownAuthorizers(fileSystem: FileSystem, path: string): string {
  const text = readTextIfPresent(fileSystem, path);
  if (text === undefined) throw new AgentError(`${path} (--authorizers) is not there`);
  const lines = text.split("\n").map((line) => line.trimEnd());
  const first = lines.find((line) => line !== "" && !line.trimStart().startsWith("#"));
  if (first === undefined || !/^ {0,8}- /.test(first))
    throw new AgentError(
      `${path} (--authorizers) must be the list below "authorizers:", like "- { type: RBAC, name: rbac }"`,
    );
  // Lists may stand as far right as one likes, but ours has two spaces.
  const indent = first.length - first.trimStart().length;
  const moved = lines.map((line) => (line === "" ? "" : `  ${line.slice(0, indent).trim()}${line.slice(indent)}`));
  return `${moved.join("\n").trimEnd()}\n`;
}
