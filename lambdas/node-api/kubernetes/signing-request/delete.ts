import { canNeverBeSigned, giveBackUse } from "../../../../core/claim/give-back.ts";
import { success, type Answer } from "../protocol/answer.ts";
import { assertAdministrator } from "../caller/authorization.ts";
import type { Caller } from "../caller/caller.ts";
import { deleteOptions } from "../body/delete-options.ts";
import { assertDeletable } from "../body/preconditions.ts";
import type { KubernetesRequest } from "../protocol/request.ts";
import { resourceVersionOf } from "../read/request-object.ts";
import { CSR_RESOURCE } from "../protocol/resources.ts";
import type { AdministrationServices } from "../protocol/services.ts";
import { notFound } from "../protocol/status.ts";
import { readVisible } from "../caller/visible-request.ts";

/**
 * Hides the object. A certificate stays valid, as in Kubernetes (`nodeseal cert revoke` revokes it), and its record
 * stays in the ledger. A request that was not signed never will be.
 *
 * @throws StatusError
 */
export async function deleteRequest(
  services: AdministrationServices,
  caller: Caller,
  request: KubernetesRequest,
  name: string,
): Promise<Answer> {
  assertAdministrator(caller, { verb: "delete", resource: CSR_RESOURCE, name });
  const options = deleteOptions(request);
  const record = await readVisible(services, caller, name);
  if (record === undefined) throw notFound(CSR_RESOURCE, name);
  assertDeletable(CSR_RESOURCE, options, { name, uid: record.uid, resourceVersion: resourceVersionOf(record) });
  const { group, plural } = CSR_RESOURCE;
  const answer = success({ name, group, kind: plural, uid: record.uid });
  if (options.isDryRun) return answer;
  const now = services.clock();
  // What has its certificate is taken out of sight only; all else is void with it, and gives its token the use back.
  const left = await services.objects.abandon(record.name, now);
  if (left !== undefined && canNeverBeSigned(left)) await giveBackUse(services.tokens, left);
  else await services.objects.remove(record.name, now);
  services.audit({
    event: "request_removed",
    name: record.name,
    nodeName: record.nodeName,
    username: caller.identity.username,
  });
  return answer;
}
