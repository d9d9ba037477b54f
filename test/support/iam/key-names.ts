import type { RecordedRequest } from "./recorded-request.ts";

/** Aliases of keys, whose ARNs are others in every run. */
export interface KeyNames {
  /** The request, with the alias of the key it names. */
  readonly named: (request: RecordedRequest) => RecordedRequest;
}

interface Members {
  readonly KeyId?: string;
  readonly TargetKeyId?: string;
  readonly AliasName?: string;
}

/** Knows these keys (ARNs by alias), and those whose aliases it sees being made. */
export function keyNames(aliases: ReadonlyMap<string, string>): KeyNames {
  const names = new Map([...aliases].map(([alias, arn]) => [keyIdOf(arn), alias]));
  return {
    named: (request) => {
      if (request.target?.startsWith("TrentService.") !== true) return request;
      const { KeyId, TargetKeyId, AliasName } = JSON.parse(request.body) as Members;
      if (request.target.endsWith(".CreateAlias")) names.set(keyIdOf(TargetKeyId ?? ""), AliasName ?? "");
      const keyId = KeyId ?? TargetKeyId ?? "";
      const keyAlias = keyId.startsWith("alias/") ? keyId : names.get(keyIdOf(keyId));
      return keyAlias === undefined ? request : { ...request, keyAlias };
    },
  };
}

/** Keys are named by their ARNs or by what follows the slash. */
function keyIdOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
