import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { ApiMapping, DomainName, SecurityPolicy, type HttpApi, type HttpStage } from "aws-cdk-lib/aws-apigatewayv2";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { TrustBundleBucket } from "../state/trust-bundle-bucket.ts";

export interface CustomDomainProps {
  readonly name: string;
  /** Of an ACM certificate in the API's Region, issued by ACM for this name. */
  readonly certificateArn: string;
  readonly api: HttpApi;
  readonly stage: HttpStage;
  /** With it every client of this domain must show a certificate that the truststore knows. @default - none is asked for */
  readonly truststore?: {
    readonly trustBundle: TrustBundleBucket;
    /** API Gateway keeps its copy until it is told another version. */
    readonly version: string;
  };
}

/** One more name for the API. Its DNS record is the operator's: an alias or CNAME to `target`. */
export class CustomDomain extends Construct {
  readonly target: string;

  constructor(scope: Construct, id: string, { name, certificateArn, api, stage, truststore }: CustomDomainProps) {
    super(scope, id);
    const domainName = new DomainName(this, "Domain", {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, "Certificate", certificateArn),
      // Newer policies exist for REST APIs only, and never with mutual TLS.
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
