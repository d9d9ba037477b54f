import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { ApiMapping, DomainName, SecurityPolicy, type HttpApi, type HttpStage } from "aws-cdk-lib/aws-apigatewayv2";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { TrustBundleBucket } from "../state/trust-bundle-bucket.ts";

export interface CustomDomainProps {
  readonly name: string;
  /** The ARN of an ACM certificate in the API's Region, issued by ACM for this name. */
  readonly certificateArn: string;
  readonly api: HttpApi;
  readonly stage: HttpStage;
  /**
   * Every client of this domain must then present a certificate that the truststore trusts. @default - none is asked
   * for
   */
  readonly truststore?: {
    readonly trustBundle: TrustBundleBucket;
    /** API Gateway keeps its copy until the version changes. */
    readonly version: string;
  };
}

/** Another name for the API. The operator makes its DNS record: an alias or CNAME to `target`. */
export class CustomDomain extends Construct {
  readonly target: string;

  constructor(scope: Construct, id: string, { name, certificateArn, api, stage, truststore }: CustomDomainProps) {
    super(scope, id);
    const domainName = new DomainName(this, "Domain", {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, "Certificate", certificateArn),
      // Newer policies exist only for REST APIs, and never with mutual TLS.
      securityPolicy: SecurityPolicy.TLS_1_2,
      ...(truststore === undefined
        ? {}
        : {
            mtls: {
              bucket: Bucket.fromBucketName(this, "Truststore", truststore.trustBundle.bucket.bucketName),
              key: truststore.trustBundle.objectKey,
              version: truststore.version,
            },
          }),
    });
    new ApiMapping(this, "Mapping", { api, domainName, stage });
    this.target = domainName.regionalDomainName;
  }
}
