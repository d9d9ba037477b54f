import {
  SIGNATURES_ID_PREFIX,
  SIGNED_KINDS,
  type AnsweredSignature,
  type RegisteredSignature,
  type SignatureRegister,
} from "../../../core/keys/signature-register.ts";
import { number, seconds, unreadable, type Item } from "../attribute.ts";
import { dynamoDbTable, type TableOptions } from "../table.ts";

const KEPT_MS = 100 * 24 * 3600 * 1000;
/** An item has 400 KB, and grows by 300 octets with each signature. */
const MOST_SIGNATURES = 1000;
/** An hour's signatures are spread by the first digit of the attempt's UUID: functions that start in a herd ask for many. */
const SHARDS = Array.from({ length: 16 }, (_, digit) => digit.toString(16));
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));

/**
 * A few items for each hour, to which lines are added: a day is read by known ids. An index would cost every CA and list
 * a write, and there is no scan.
 */
export function dynamoDbSignatureRegister(options: TableOptions): SignatureRegister {
  const table = dynamoDbTable(options, "authorities");
  const add = async (signature: RegisteredSignature, attribute: "begun" | "answered", line: string): Promise<void> => {
    const { isApplied } = await table.update(idOf(signature), {
      update: `ADD #${attribute} :line SET #deleteAt = :deleteAt`,
      condition: `attribute_not_exists(#${attribute}) OR size(#${attribute}) < :most`,
      values: {
        ":line": { SS: [line] },
        ":most": number(MOST_SIGNATURES),
        ":deleteAt": seconds(new Date(signature.at.getTime() + KEPT_MS)),
      },
    });
    if (!isApplied) throw new Error(`the register has ${MOST_SIGNATURES} signatures of this hour already`);
  };
  return {
    begin: (signature) => {
      const { attempt, at, kind, sha256, keyArn } = signature;
      return add(signature, "begun", [attempt, at.toISOString(), kind, sha256, keyArn].join(" "));
    },
    answer: (signature, requestId) => add(signature, "answered", `${signature.attempt} ${requestId}`),
    readDay: async (day) => {
      const items = await table.readMany(idsOf(day));
      const answers = new Map(items.flatMap((item) => linesOf(item, "answered")).map(answerOf));
      const begun = items.flatMap((item) => linesOf(item, "begun")).map((line) => signatureOf(line, answers));
      return begun.sort((one, other) => one.at.getTime() - other.at.getTime());
    },
  };
}

function idOf({ at, attempt }: RegisteredSignature): string {
  return `${SIGNATURES_ID_PREFIX}${at.toISOString().slice(0, 13)}/${attempt.slice(0, 1)}`;
}

function idsOf(day: string): readonly string[] {
  return HOURS.flatMap((hour) => SHARDS.map((shard) => `${SIGNATURES_ID_PREFIX}${day}T${hour}/${shard}`));
}

function linesOf(item: Item, attribute: "begun" | "answered"): readonly string[] {
  return item[attribute]?.SS ?? [];
}

function answerOf(line: string): readonly [string, string] {
  const [attempt = "", requestId = ""] = line.split(" ");
  return [attempt, requestId];
}

function signatureOf(line: string, answers: ReadonlyMap<string, string>): AnsweredSignature {
  const [attempt = "", at = "", kindText, sha256 = "", keyArn = ""] = line.split(" ");
  const kind = SIGNED_KINDS.find((one) => one === kindText) ?? unreadable("begun", SIGNED_KINDS.join(" | "));
  return { attempt, at: new Date(at), kind, sha256, keyArn, requestId: answers.get(attempt) };
}
