import { RemovalPolicy } from "aws-cdk-lib";
import {
  AttributeType,
  Billing,
  ProjectionType,
  TableEncryptionV2,
  TableV2,
  type Attribute,
} from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement, type IGrantable } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import type { IndexDefinition, KeyAttribute, TableDefinition } from "../../../adapters/dynamodb/tables.ts";

const ATTRIBUTE_TYPES: Readonly<Record<KeyAttribute["type"], AttributeType>> = {
  S: AttributeType.STRING,
  N: AttributeType.NUMBER,
  B: AttributeType.BINARY,
};

export interface StateTableProps {
  /** Fixed: when a stack is deployed again, the retained table makes it fail, instead of a new empty table. */
  readonly tableName: string;
  readonly definition: TableDefinition;
  readonly pointInTimeRecoveryDays: number;
}

/** A table as the adapters define it, retained and protected. */
export class StateTable extends Construct {
  readonly table: TableV2;
  private readonly indexNames: readonly string[];

  constructor(scope: Construct, id: string, { tableName, definition, pointInTimeRecoveryDays }: StateTableProps) {
    super(scope, id);
    const { partitionKey, indexes, timeToLiveAttribute } = definition;
    this.indexNames = indexes.map(({ name }) => name);
    this.table = new TableV2(this, "Table", {
      tableName,
      partitionKey: attribute(partitionKey),
      globalSecondaryIndexes: indexes.map((index) => ({
        indexName: index.name,
        partitionKey: attribute(index.partitionKey),
        sortKey: attribute(index.sortKey),
        ...projection(index),
      })),
      ...(timeToLiveAttribute === undefined ? {} : { timeToLiveAttribute }),
      billing: Billing.onDemand(),
      // DynamoDB's own key: a customer managed key would cost a KMS call, and a certificate must not wait for two.
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: true,
        recoveryPeriodInDays: pointInTimeRecoveryDays,
      },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** Allows exactly these actions on the items, and no index. */
  grantItems(grantee: IGrantable, ...actions: readonly string[]): void {
    this.grant(grantee, actions, [this.table.tableArn]);
  }

  /** Allows these actions on one item. */
  grantItem(grantee: IGrantable, id: string, ...actions: readonly string[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: [this.table.tableArn],
        // `ForAllValues` is also true without any value. Single-item writes always have one.
        conditions: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [id] } },
      }),
    );
  }

  /** Allows these actions on the items whose ids begin so. */
  grantItemsBeginning(grantee: IGrantable, prefix: string, ...actions: readonly string[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: [this.table.tableArn],
        conditions: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${prefix}*`] } },
      }),
    );
  }

  /** Allows updates that name only these attributes, in their conditions too. */
  grantUpdateOf(grantee: IGrantable, ...attributes: readonly string[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ["dynamodb:UpdateItem"],
        resources: [this.table.tableArn],
        conditions: { "ForAllValues:StringEquals": { "dynamodb:Attributes": [...attributes] } },
      }),
    );
  }

  /** Allows queries of exactly these indexes. @throws Error when the table has no such index */
  grantQuery(grantee: IGrantable, ...indexNames: readonly string[]): void {
    const unknown = indexNames.find((name) => !this.indexNames.includes(name));
    if (unknown !== undefined) throw new Error(`the table has no index ${unknown}, only ${this.indexNames.join(", ")}`);
    this.grant(
      grantee,
      ["Query"],
      indexNames.map((name) => `${this.table.tableArn}/index/${name}`),
    );
  }

  private grant(grantee: IGrantable, actions: readonly string[], resources: string[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: actions.map((action) => `dynamodb:${action}`), resources }),
    );
  }
}

function projection({ includes }: IndexDefinition) {
  return includes === undefined
    ? { projectionType: ProjectionType.KEYS_ONLY }
    : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...includes] };
}

function attribute({ name, type }: KeyAttribute): Attribute {
  return { name, type: ATTRIBUTE_TYPES[type] };
}
