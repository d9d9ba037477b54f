import type { ObjectLedger } from "../../../core/ledger/object-ledger.ts";
import type { KubernetesConfiguration } from "../../configuration.ts";
import { stsAdministrators } from "./caller/administrators.ts";
import { DEFAULT_WATCH, type KubernetesOptions } from "./protocol/services.ts";
import { askSts } from "./caller/sts-caller.ts";

/** What a deployment's configuration makes of Kubernetes' API. */
export function kubernetesOptions(
  objects: ObjectLedger,
  { administrators: principals, caPem, watchSeconds, stsEndpoint }: KubernetesConfiguration,
  clock: () => Date,
): KubernetesOptions {
  return {
    objects,
    watch: { ...DEFAULT_WATCH, holdMilliseconds: watchSeconds * 1000 },
    ...(principals.length === 0
      ? {}
      : { administrators: stsAdministrators({ principals, ask: askSts(stsEndpoint), clock }) }),
    ...(caPem === undefined ? {} : { clusterInfo: { caPem } }),
  };
}
