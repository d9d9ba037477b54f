import type { DeleteOptions } from "./delete-options.ts";
import type { SentMetadata } from "./object-schema.ts";
import { badRequest, conflict, type Resource } from "./status.ts";

interface Stored {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * Whether the object a PUT or PATCH brings is one of what is stored. An empty resource version is no precondition (K3.5).
 *
 * @throws StatusError BadRequest, Conflict
 */
export function assertPreconditions(resource: Resource, sent: Partial<SentMetadata>, stored: Stored): void {
  const { name, uid, resourceVersion } = stored;
  if (!sent.name)
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (sent.name !== name)
    throw badRequest(`the name of the object (${sent.name}) does not match the name on the URL (${name})`);
  if (sent.uid && sent.uid !== uid) throw otherUid(resource, name, sent.uid, uid);
  if (sent.resourceVersion && sent.resourceVersion !== resourceVersion) throw conflict(resource, name);
}

/**
 * Whether what is stored is what a deletion is about.
 *
 * @throws StatusError Conflict
 */
export function assertDeletable(resource: Resource, wanted: DeleteOptions, { name, uid, resourceVersion }: Stored) {
  if (wanted.uid !== undefined && wanted.uid !== uid) throw otherUid(resource, name, wanted.uid, uid);
  const version = wanted.resourceVersion;
  if (version === undefined || version === resourceVersion) return;
  const why = `Precondition failed: ResourceVersion in precondition: ${version}, ResourceVersion in object meta: ${resourceVersion}`;
  throw conflict(resource, name, why);
}

function otherUid(resource: Resource, name: string, wanted: string, uid: string) {
  return conflict(resource, name, `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${uid}`);
}
