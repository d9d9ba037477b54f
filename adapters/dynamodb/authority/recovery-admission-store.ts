import {
  RECOVERY_ADMISSION_ID,
  type RecoveryAdmission,
  type RecoveryAdmissionStore,
} from "../../../core/admission/recovery-admission.ts";
import { itemOf, text, textOf, texts, textsOf, time, timeOf, type Item } from "../attribute.ts";
import { dynamoDbTable, type TableOptions } from "../table.ts";

/** One item beside the trust bundle. */
export function dynamoDbRecoveryAdmissionStore(options: TableOptions): RecoveryAdmissionStore {
  const table = dynamoDbTable(options, "authorities");
  return {
    read: async () => {
      const item = await table.read(RECOVERY_ADMISSION_ID);
      return item === undefined ? undefined : admissionOf(item);
    },
    write: ({ issuedAfter, openedAt, until, except, by, authorityIds }) =>
      table.put(
        itemOf({
          id: text(RECOVERY_ADMISSION_ID),
          issuedAfter: time(issuedAfter),
          openedAt: time(openedAt),
          until: time(until),
          except: texts(except),
          by: text(by),
          authorityIds: texts(authorityIds ?? []),
        }),
        {
          condition: "attribute_not_exists(#id) OR #openedAt <= :openedAt",
          values: { ":openedAt": time(openedAt) },
        },
      ),
  };
}

function admissionOf(item: Item): RecoveryAdmission {
  return {
    issuedAfter: timeOf(item, "issuedAfter"),
    openedAt: timeOf(item, "openedAt"),
    until: timeOf(item, "until"),
    except: textsOf(item, "except"),
    by: textOf(item, "by"),
    ...(item["authorityIds"] === undefined ? {} : { authorityIds: textsOf(item, "authorityIds") }),
  };
}
