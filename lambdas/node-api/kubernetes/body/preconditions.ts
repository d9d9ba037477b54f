import type { DeleteOptions } from "./delete-options.ts";
import type { SentMetadata } from "./object-schema.ts";
import { badRequest, conflict, type Resource } from "../protocol/status.ts";

interface Stored {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * Checks that the object of a PUT or PATCH is the stored one. An empty resource version is no precondition (K3.5).
 *
 * @throws StatusError BadRequest, Conflict
 */
export function assertPreconditions(resource: Resource, sent: Partial<SentMetadata>, stored: Stored): void {
  const { name, uid, resourceVersion } = stored;
  if (!sent.name)
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (sent.name !== name)
    throw badRequest(`the name of the object (${sent.name}) does not match the name on the URL (${name})`);
  if (sent.uid && sent.uid !== uid)
    throw conflict(resource, name, `Precondition failed: UID in precondition: ${sent.uid}, UID in object meta: ${uid}`);
  if (sent.resourceVersion && sent.resourceVersion !== resourceVersion) throw conflict(resource, name);
}

/**
 * Checks that the stored object meets the preconditions of a deletion.
 *
 * @throws StatusError Conflict
 */
export function assertDeletable(resource: Resource, wanted: DeleteOptions, { name, uid, resourceVersion }: Stored) {
  if (wanted.uid !== undefined && wanted.uid !== uid) {
    const why = `the UID in the precondition (${wanted.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(resource, name, why);
  }
  const version = wanted.resourceVersion;
  if (version === undefined || version === resourceVersion) return;
  const why = `the ResourceVersion in the precondition (${version}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
  throw conflict(resource, name, why);
}
