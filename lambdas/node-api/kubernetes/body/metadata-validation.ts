import { faultOfObjectName } from "../../../../core/ledger/request-name.ts";
import type { SentMetadata } from "./object-schema.ts";
import { invalidValue, type FieldCause } from "../protocol/status.ts";

/** The pattern of a key's or a value's part, and its explanation (apimachinery's `util/validation`). */
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const DOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const KEY_RULE = `a qualified name ${NAME_RULE.slice(0, -1)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName'))`;
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const MAX_NAME_CHARACTERS = 63;
const MAX_DOMAIN_CHARACTERS = 253;

/** Kubernetes allows 256 KiB. A record must fit into a DynamoDB item together with its CSR and its certificate. */
const MAX_METADATA_BYTES = 16 * 1024;

/** Labels and annotations are stored. Owner references and finalizers are refused: nothing here would act on them. */
export function faultsOfMetadata(metadata: SentMetadata | undefined): readonly FieldCause[] {
  if (metadata === undefined) return [];
  const { name, generateName, labels, annotations, ownerReferences, finalizers } = metadata;
  const nameFault = name === null || name === undefined || name === "" ? undefined : faultOfObjectName(name);
  const prefixFault = generateName ? faultOfObjectName(`${generateName.slice(0, 58)}bcdfg`) : undefined;
  const size = Buffer.byteLength(JSON.stringify([labels ?? {}, annotations ?? {}]));
  const forbiddenHere = (field: string): FieldCause => ({
    reason: "FieldValueForbidden",
    field,
    message: "Forbidden: not supported by this server",
  });
  return [
    ...(nameFault === undefined ? [] : [invalidValue("metadata.name", JSON.stringify(name), nameFault)]),
    ...(prefixFault === undefined
      ? []
      : [invalidValue("metadata.generateName", JSON.stringify(generateName), prefixFault)]),
    ...Object.entries(labels ?? {}).flatMap(([key, value]) => faultsOfLabel(key, value)),
    ...Object.keys(annotations ?? {}).flatMap((key) => faultsOfKey("metadata.annotations", key)),
    ...(ownerReferences && ownerReferences.length > 0 ? [forbiddenHere("metadata.ownerReferences")] : []),
    ...(finalizers && finalizers.length > 0 ? [forbiddenHere("metadata.finalizers")] : []),
    ...(size <= MAX_METADATA_BYTES
      ? []
      : [
          {
            reason: "FieldValueTooLong" as const,
            field: "metadata.annotations",
            message: `Too long: may not be more than ${MAX_METADATA_BYTES} bytes together with the labels`,
          },
        ]),
  ];
}

function faultsOfLabel(key: string, value: string): readonly FieldCause[] {
  const field = "metadata.labels";
  const shown = JSON.stringify(value.slice(0, 100));
  return [
    ...faultsOfKey(field, key),
    ...(value.length <= MAX_NAME_CHARACTERS
      ? []
      : [invalidValue(field, shown, `must be no more than ${MAX_NAME_CHARACTERS} bytes`)]),
    ...(value === "" || NAME.test(value) ? [] : [invalidValue(field, shown, VALUE_RULE)]),
  ];
}

/** Annotation keys are case-insensitive, as in Kubernetes. */
function faultsOfKey(field: string, key: string): readonly FieldCause[] {
  const shown = JSON.stringify(key.slice(0, 100));
  return faultsOfQualifiedName(field === "metadata.annotations" ? key.toLowerCase() : key).map((why) =>
    invalidValue(field, shown, why),
  );
}

function faultsOfQualifiedName(key: string): readonly string[] {
  const parts = key.split("/");
  const [prefix, name = ""] = parts.length === 1 ? [undefined, key] : parts;
  if (parts.length > 2) return [KEY_RULE];
  return [
    ...(prefix === "" ? ["prefix part must be non-empty"] : []),
    ...(prefix !== undefined && prefix.length > MAX_DOMAIN_CHARACTERS
      ? [`prefix part must be no more than ${MAX_DOMAIN_CHARACTERS} bytes`]
      : []),
    ...(prefix && !DOMAIN.test(prefix) ? [`prefix part ${DOMAIN_RULE}`] : []),
    ...(name === "" ? ["name part must be non-empty"] : []),
    ...(name.length > MAX_NAME_CHARACTERS ? [`name part must be no more than ${MAX_NAME_CHARACTERS} bytes`] : []),
    ...(NAME.test(name) ? [] : [`name part ${NAME_RULE}`]),
  ];
}
