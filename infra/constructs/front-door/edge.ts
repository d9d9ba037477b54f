import { Stack, Validations } from "aws-cdk-lib";
import type { HttpApi, HttpStage } from "aws-cdk-lib/aws-apigatewayv2";
import { CachePolicy, CfnDistribution, CfnOriginRequestPolicy, CfnTrustStore } from "aws-cdk-lib/aws-cloudfront";
import { Construct } from "constructs";
import { CustomDomain } from "./custom-domain.ts";
import type { EdgeSecret } from "./edge-secret.ts";
import type { TrustBundleBucket } from "../state/trust-bundle-bucket.ts";

export interface EdgeProps {
  readonly clusterName: string;
  /** The host of the only URL. */
  readonly name: string;
  /** For CloudFront: an ACM certificate in us-east-1 for this name. */
  readonly certificateArn: string;
  /** For the API behind it: an ACM certificate in the API's Region for the same name. */
  readonly originCertificateArn: string;
  readonly api: HttpApi;
  readonly stage: HttpStage;
  readonly secret: EdgeSecret;
  readonly truststore: {
    readonly trustBundle: TrustBundleBucket;
    /** CloudFront reads the bundle once, and again when the version changes. */
    readonly version: string;
  };
}

/** `lambdas/http/edge.ts` trusts these headers in requests with the secret. */
const FORWARDED_TO_THE_API = [
  "CloudFront-Viewer-Address",
  "CloudFront-Viewer-Cert-Pem",
  "CloudFront-Viewer-Cert-Present",
];
const SECRET_HEADER = "x-nodeseal-edge-secret";

/** All errors that CloudFront would cache for ten seconds: one client's 404 is not the answer to another client. */
const ERRORS = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

const METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"];

/**
 * CloudFront in front of the HTTP API. It serves clients that know one URL and present a certificate if they have one,
 * such as kubelets: at one host API Gateway asks all clients for a certificate, or none. The API gets the same host
 * name, so signatures and tokens that name their host are valid on both sides.
 */
export class Edge extends Construct {
  /** The CloudFront host for the name's DNS record. */
  readonly target: string;

  constructor(scope: Construct, id: string, props: EdgeProps) {
    super(scope, id);
    const { name, api, stage } = props;
    const origin = new CustomDomain(this, "Origin", { name, certificateArn: props.originCertificateArn, api, stage });
    const distribution = new CfnDistribution(this, "Distribution", {
      distributionConfig: {
        enabled: true,
        comment: `Nodeseal ${props.clusterName}`,
        aliases: [name],
        // Viewer mTLS and HTTP/3 exclude each other.
        httpVersion: "http2",
        ipv6Enabled: true,
        viewerCertificate: {
          acmCertificateArn: props.certificateArn,
          sslSupportMethod: "sni-only",
          minimumProtocolVersion: "TLSv1.2_2021",
        },
        viewerMtlsConfig: {
          mode: "optional",
          trustStoreConfig: {
            trustStoreId: this.trustStore(props).attrId,
            // A client whose issuer is not on the list sends no certificate, and would be treated as anonymous.
            advertiseTrustStoreCaNames: false,
            ignoreCertificateExpiry: false,
          },
        },
        origins: [this.origin(origin.target, props)],
        defaultCacheBehavior: {
          targetOriginId: "api",
          viewerProtocolPolicy: "https-only",
          allowedMethods: METHODS,
          cachedMethods: ["GET", "HEAD"],
          compress: false,
          cachePolicyId: CachePolicy.CACHING_DISABLED.cachePolicyId,
          originRequestPolicyId: this.everythingAndTheCertificate(props).attrId,
        },
        customErrorResponses: ERRORS.map((errorCode) => ({ errorCode, errorCachingMinTtl: 0 })),
      },
    });
    this.target = distribution.attrDomainName;
    acknowledge(distribution);
  }

  private trustStore({ clusterName, truststore }: EdgeProps): CfnTrustStore {
    const { trustBundle, version } = truststore;
    return new CfnTrustStore(this, "TrustStore", {
      name: `${clusterName}-${Stack.of(this).region}`,
      caCertificatesBundleSource: {
        caCertificatesBundleS3Location: {
          bucket: trustBundle.bucket.bucketName,
          key: trustBundle.objectKey,
          region: Stack.of(this).region,
          version,
        },
      },
    });
  }

  private origin(domainName: string, { secret }: EdgeProps): CfnDistribution.OriginProperty {
    return {
      id: "api",
      domainName,
      customOriginConfig: {
        originProtocolPolicy: "https-only",
        originSslProtocols: ["TLSv1.2"],
        // The API gives up first.
        originReadTimeout: 35,
        originKeepaliveTimeout: 60,
      },
      // The template has only a reference. CloudFormation inserts the value.
      originCustomHeaders: [{ headerName: SECRET_HEADER, headerValue: secret.secret.secretValue.unsafeUnwrap() }],
    };
  }

  /** `Host` and `Authorization` are among them. */
  private everythingAndTheCertificate({ clusterName }: EdgeProps): CfnOriginRequestPolicy {
    return new CfnOriginRequestPolicy(this, "OriginRequestPolicy", {
      originRequestPolicyConfig: {
        name: `${clusterName}-${Stack.of(this).region}`,
        comment: "Everything the client sent, and what CloudFront saw of its certificate",
        headersConfig: { headerBehavior: "allViewerAndWhitelistCloudFront", headers: FORWARDED_TO_THE_API },
        queryStringsConfig: { queryStringBehavior: "all" },
        cookiesConfig: { cookieBehavior: "none" },
      },
    });
  }
}

function acknowledge(distribution: CfnDistribution): void {
  Validations.of(distribution).acknowledge(
    { id: "AwsSolutions-CFR1", reason: "Nodes are where their operator puts them: no country is out of place" },
    {
      id: "AwsSolutions-CFR2",
      reason:
        "A firewall costs more than the service; route throttles, reserved concurrency and small bodies bound what strangers can do",
    },
    {
      id: "AwsSolutions-CFR3",
      reason: "The API writes a line for each request, and the function one with the client's own address and identity",
    },
  );
}
