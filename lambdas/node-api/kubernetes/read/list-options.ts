import { booleanParameter } from "../protocol/request.ts";
import { metaOptions } from "../protocol/resources.ts";
import { badRequest, invalid, StatusError, type FieldCause } from "../protocol/status.ts";

const LIST_OPTIONS = metaOptions("ListOptions");

/**
 * kube-apiserver's own rules for what may stand together in the query of a list (apimachinery's `ValidateListOptions`). Lists
 * are of now: nobody who asks for exactly what was can be told it.
 *
 * @throws StatusError Invalid, BadRequest, Expired
 */
export function assertListOptions(query: URLSearchParams): void {
  const { match, version, continuation } = optionsIn(query);
  const causes: FieldCause[] = [];
  if (match !== "") {
    if (version === "")
      causes.push(forbidden("resourceVersionMatch", "is forbidden unless resourceVersion is provided"));
    if (continuation !== "") causes.push(forbidden("resourceVersionMatch", "is forbidden when continue is provided"));
    if (match !== "Exact" && match !== "NotOlderThan") causes.push(unsupported(match, ["Exact", "NotOlderThan", ""]));
    if (match === "Exact" && version === "0")
      causes.push(forbidden("resourceVersionMatch", '"exact" is forbidden for resourceVersion "0"'));
  }
  if (query.has("sendInitialEvents")) causes.push(forbidden("sendInitialEvents", "is forbidden for list"));
  if (causes.length > 0) throw invalid(LIST_OPTIONS, "", causes);
  if (version !== "" && !/^\d{1,15}$/.test(version))
    throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: invalid syntax`);
  if (version !== "" && version !== "0" && continuation !== "")
    throw badRequest("specifying resource version is not allowed when using continue");
  if (match === "Exact") throw new StatusError("Expired", "The resourceVersion for the provided list is too old.");
}

/**
 * The same for a watch. Two rules are ours: without bookmarks the end of a streaming list could not be told, in an answer
 * that ends; and `isComplete` says whether what there is fits one.
 *
 * @throws StatusError Invalid
 */
export function assertWatchOptions(query: URLSearchParams): void {
  const { match, continuation } = optionsIn(query);
  const hasInitialEvents = query.has("sendInitialEvents");
  const causes: FieldCause[] = [];
  if (hasInitialEvents && match !== "NotOlderThan") {
    causes.push(
      forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan", ""),
    );
  }
  if (match !== "") {
    if (!hasInitialEvents)
      causes.push(forbidden("resourceVersionMatch", "is forbidden for watch unless sendInitialEvents is provided"));
    if (match !== "NotOlderThan") causes.push(unsupported(match, ["NotOlderThan"]));
    if (continuation !== "") causes.push(forbidden("resourceVersionMatch", "is forbidden when continue is provided"));
  }
  if (booleanParameter(query, "sendInitialEvents") && !booleanParameter(query, "allowWatchBookmarks"))
    causes.push(forbidden("allowWatchBookmarks", "must be true with sendInitialEvents, by this server", ""));
  if (causes.length > 0) throw invalid(LIST_OPTIONS, "", causes);
}

/** What a client of client-go takes for "list, then watch": it does so at once (K7.4). */
export function noStreamingList(): StatusError {
  const why = "sendInitialEvents is forbidden for watch of more objects than one answer of this server holds";
  return invalid(LIST_OPTIONS, "", [forbidden("sendInitialEvents", why, "")]);
}

function optionsIn(query: URLSearchParams) {
  return {
    match: query.get("resourceVersionMatch") ?? "",
    version: query.get("resourceVersion") ?? "",
    continuation: query.get("continue") ?? "",
  };
}

function forbidden(field: string, why: string, subject = `${field} `): FieldCause {
  return { reason: "FieldValueForbidden", field, message: `Forbidden: ${subject}${why}` };
}

function unsupported(match: string, supported: readonly string[]): FieldCause {
  const list = supported.map((value) => JSON.stringify(value)).join(", ");
  return {
    reason: "FieldValueNotSupported",
    field: "resourceVersionMatch",
    message: `Unsupported value: ${JSON.stringify(match.slice(0, 100))}: supported values: ${list}`,
  };
}
