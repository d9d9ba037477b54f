import { Construct } from "constructs";
import { TABLES, type TableKind } from "../../../adapters/dynamodb/tables.ts";
import type { AuthorityRole } from "../../../core/authority/authority.ts";
import { authorityIdOf, keyAliasOf } from "../../../core/authority/generation.ts";
import { awaitedGenerations } from "../../../core/authority/external/ca-signing-request.ts";
import type { AuthorityKeySpec } from "../../../core/keys/key-type.ts";
import { functionRoleArn } from "../../settings/function-role-name.ts";
import type { ExternalCaSettings } from "../../configuration/deployment-configuration.ts";
import { AUTHORITY_DEFAULTS, RETENTION_DEFAULTS } from "../../configuration/service-defaults.ts";
import { AuthorityKey } from "./authority-key.ts";
import { StateTable } from "./state-table.ts";
import { TrustBundleBucket } from "./trust-bundle-bucket.ts";

export interface CertificateSigningStateProps {
  /** Part of every fixed name: tables, key aliases, roles. Lower-case letters, digits and `-`, 32 at most. */
  readonly clusterName: string;
  /** @default "P-256" */
  readonly keySpec?: AuthorityKeySpec;
  /** How many root CAs have a key; raised to replace a root. @default 1 */
  readonly rootGenerations?: number;
  /** How many issuing CAs have a key; raised to prepare the next one. @default 1 */
  readonly issuingGenerations?: number;
  /** Whether issuing CAs are their own roots. Then there is no root key and no external CA. @default false */
  readonly isSingleTier?: boolean;
  /** The external CA that signs the issuing CA. Then there is no root key. @default - a root of this service's own */
  readonly externalCa?: ExternalCaSettings;
  /** Whether the authority function signs revocation lists, with the issuing keys. @default true */
  readonly hasRevocationLists?: boolean;
  /** How far back the tables can be restored, 1 to 35. @default 35 */
  readonly pointInTimeRecoveryDays?: number;
  /** Who may schedule the deletion of a CA's key. @default - nobody, until a deployment names somebody */
  readonly keyAdministratorArns?: readonly string[];
}

/** What must outlive every deployment: keys, tables, the published trust bundle. */
export class CertificateSigningState extends Construct {
  readonly clusterName: string;
  readonly keySpec: AuthorityKeySpec;
  readonly tables: Readonly<Record<TableKind, StateTable>>;
  readonly externalCa: ExternalCaSettings | undefined;
  /**
   * Root keys by generation. They sign issuing CAs, and only the authority function may use them. None when single-tier
   * or external.
   */
  readonly rootKeys: readonly AuthorityKey[];
  /**
   * Issuing keys by generation. They sign certificates, and only the node API function may use them, with the
   * exceptions below.
   */
  readonly issuingKeys: readonly AuthorityKey[];
  readonly trustBundle: TrustBundleBucket;
  /** The authority function signs each issuing CA's certificate with the CA's own key. */
  readonly isSingleTier: boolean;
  /**
   * Keys whose certificate the external CA has not signed yet: until then the authority function may sign their CSR.
   */
  readonly awaitedKeys: ReadonlySet<AuthorityKey>;
  /** Whether the authority function signs revocation lists: a list must have its CA as issuer. */
  readonly hasRevocationLists: boolean;

  constructor(scope: Construct, id: string, props: CertificateSigningStateProps) {
    super(scope, id);
    this.clusterName = props.clusterName;
    this.keySpec = props.keySpec ?? AUTHORITY_DEFAULTS.keySpec;
    const { pointInTimeRecoveryDays = RETENTION_DEFAULTS.pointInTimeRecoveryDays } = props;
    const table = (tableId: string, kind: TableKind): StateTable =>
      new StateTable(this, tableId, {
        tableName: `${props.clusterName}-${kind}`,
        definition: TABLES[kind],
        pointInTimeRecoveryDays,
      });
    this.tables = {
      tokens: table("Tokens", "tokens"),
      nodes: table("Nodes", "nodes"),
      issuances: table("Issuances", "issuances"),
      authorities: table("Authorities", "authorities"),
    };
    if (props.isSingleTier === true && props.externalCa !== undefined)
      throw new Error("isSingleTier and externalCa exclude each other: an issuing CA has one issuer");
    this.externalCa = props.externalCa;
    this.isSingleTier = props.isSingleTier ?? false;
    this.hasRevocationLists = props.hasRevocationLists ?? true;
    const authorityRoleArn = functionRoleArn(props.clusterName, "authority");
    const keys = (
      keyId: string,
      role: AuthorityRole,
      count: number,
      signersOf: (id: string) => readonly [string, ...string[]],
    ) =>
      Array.from({ length: count }, (_, index) => {
        const id = authorityIdOf(role, index + 1);
        return new AuthorityKey(this, index === 0 ? keyId : `${keyId}${index + 1}`, {
          aliasName: keyAliasOf(props.clusterName, id),
          keySpec: this.keySpec,
          signerRoleArns: signersOf(id),
          readerRoleArns: [authorityRoleArn],
          administratorArns: props.keyAdministratorArns ?? [],
        });
      });
    const { rootGenerations = 1, issuingGenerations = 1 } = props;
    const ownRoots = this.externalCa === undefined && !this.isSingleTier ? rootGenerations : 0;
    this.rootKeys = keys("RootKey", "root", ownRoots, () => [authorityRoleArn]);
    const nodeApiRoleArn = functionRoleArn(props.clusterName, "node-api");
    const awaited = awaitedIds(this.externalCa, issuingGenerations);
    this.issuingKeys = keys("IssuingKey", "issuing", issuingGenerations, (id) => [
      nodeApiRoleArn,
      ...(this.isSingleTier || this.hasRevocationLists || awaited.has(id) ? [authorityRoleArn] : []),
    ]);
    this.awaitedKeys = new Set(this.issuingKeys.filter((_, index) => awaited.has(authorityIdOf("issuing", index + 1))));
    this.trustBundle = new TrustBundleBucket(this, "TrustBundle");
  }
}

/** As the authority function computes it, from the configuration alone. */
function awaitedIds(externalCa: ExternalCaSettings | undefined, issuingGenerations: number): ReadonlySet<string> {
  if (externalCa === undefined) return new Set();
  const awaited = awaitedGenerations(issuingGenerations, Object.keys(externalCa.issuingCertificates));
  return new Set(awaited.map((generation) => authorityIdOf("issuing", generation)));
}
