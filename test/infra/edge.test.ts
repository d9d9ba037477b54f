import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { EDGE_SECRET_HEADER } from "../../lambdas/http/edge.ts";
import { synthesizedTemplates } from "../support/synthesized-templates.ts";

const originCertificateArn = "arn:aws:acm:eu-central-1:111122223333:certificate/0a";
const certificateArn = "arn:aws:acm:us-east-1:111122223333:certificate/0b";
const { service } = synthesizedTemplates({
  clusterName: "blue",
  edge: { name: "nodes.example.com", certificateArn, originCertificateArn },
});
const resources = service.toJSON()["Resources"] as Record<string, { Type: string }>;

interface Distribution {
  readonly Properties: {
    readonly DistributionConfig: { readonly Origins: readonly { readonly OriginCustomHeaders: unknown }[] };
  };
}

interface TrustStore {
  readonly Properties: {
    readonly CaCertificatesBundleSource: {
      readonly CaCertificatesBundleS3Location: {
        readonly Key: string;
        readonly Version: { readonly "Fn::GetAtt": readonly string[] };
      };
    };
  };
}

describe("the edge", () => {
  it("takes certificates of our CAs and clients without one, and answers under its own name only", () => {
    const [trustStoreId = ""] = Object.keys(service.findResources("AWS::CloudFront::TrustStore"));
    service.hasResourceProperties("AWS::CloudFront::Distribution", {
      DistributionConfig: {
        Aliases: ["nodes.example.com"],
        HttpVersion: "http2",
        ViewerCertificate: { AcmCertificateArn: certificateArn, MinimumProtocolVersion: "TLSv1.2_2021" },
        ViewerMtlsConfig: {
          Mode: "optional",
          TrustStoreConfig: {
            TrustStoreId: { "Fn::GetAtt": [trustStoreId, "Id"] },
            AdvertiseTrustStoreCaNames: false,
            IgnoreCertificateExpiry: false,
          },
        },
      },
    });
  });

  it("trusts the version of the bundle that is published", () => {
    const [trustStore] = Object.values(service.findResources("AWS::CloudFront::TrustStore")) as unknown as TrustStore[];
    const location = trustStore?.Properties.CaCertificatesBundleSource.CaCertificatesBundleS3Location;
    assert.equal(location?.Key, "trust-bundle.pem");
    const [authorityId = "", attribute] = location.Version["Fn::GetAtt"];
    assert.equal(resources[authorityId]?.Type, "Custom::NodesealAuthorities");
    assert.equal(attribute, "TrustBundleVersion");
  });

  it("caches nothing, errors least of all, and passes on everything with what it saw", () => {
    service.hasResourceProperties("AWS::CloudFront::Distribution", {
      DistributionConfig: {
        DefaultCacheBehavior: {
          // AWS' own "CachingDisabled".
          CachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
          ViewerProtocolPolicy: "https-only",
          AllowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
        },
        CustomErrorResponses: [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504].map((ErrorCode) => ({
          ErrorCode,
          ErrorCachingMinTTL: 0,
        })),
      },
    });
    service.hasResourceProperties("AWS::CloudFront::OriginRequestPolicy", {
      OriginRequestPolicyConfig: {
        HeadersConfig: {
          HeaderBehavior: "allViewerAndWhitelistCloudFront",
          Headers: ["CloudFront-Viewer-Address", "CloudFront-Viewer-Cert-Pem", "CloudFront-Viewer-Cert-Present"],
        },
        QueryStringsConfig: { QueryStringBehavior: "all" },
      },
    });
  });

  it("reaches the API by TLS, at a domain of the same name", () => {
    service.hasResourceProperties("AWS::ApiGatewayV2::DomainName", {
      DomainName: "nodes.example.com",
      DomainNameConfigurations: [{ CertificateArn: originCertificateArn, SecurityPolicy: "TLS_1_2" }],
      MutualTlsAuthentication: Match.absent(),
    });
    service.hasResourceProperties("AWS::CloudFront::Distribution", {
      DistributionConfig: {
        Origins: [{ CustomOriginConfig: { OriginProtocolPolicy: "https-only", OriginSSLProtocols: ["TLSv1.2"] } }],
      },
    });
  });

  it("shows the API a secret that is in no template, and that one function may read", () => {
    const [secretId = ""] = Object.keys(service.findResources("AWS::SecretsManager::Secret"));
    const [distribution] = Object.values(
      service.findResources("AWS::CloudFront::Distribution"),
    ) as unknown as Distribution[];
    assert.deepEqual(distribution?.Properties.DistributionConfig.Origins[0]?.OriginCustomHeaders, [
      {
        HeaderName: EDGE_SECRET_HEADER,
        HeaderValue: { "Fn::Join": ["", ["{{resolve:secretsmanager:", { Ref: secretId }, ":SecretString:::}}"]] },
      },
    ]);
    const readers = Object.values(service.findResources("AWS::IAM::Policy"))
      .map((policy) => JSON.stringify(policy))
      .filter((text) => text.includes("secretsmanager:"));
    assert.equal(readers.length, 1);
    assert.match(readers[0] ?? "", /"Action":"secretsmanager:GetSecretValue"/);
    const rolesOf = (action: string): string[] =>
      Object.values(service.findResources("AWS::IAM::Policy"))
        .filter((policy) => JSON.stringify(policy).includes(action))
        .map((policy) => JSON.stringify((policy as { Properties: { Roles: unknown } }).Properties.Roles));
    const signers = rolesOf('"kms:Sign"').filter((roles) => !roles.includes("Authority"));
    assert.deepEqual(rolesOf("secretsmanager:"), signers, "the function that checks it is the one that signs");
    service.resourcePropertiesCountIs(
      "AWS::Lambda::Function",
      { Environment: { Variables: { EDGE_DOMAIN_NAME: "nodes.example.com", EDGE_SECRET_ARN: { Ref: secretId } } } },
      1,
    );
  });

  it("is not there unless it is asked for", () => {
    const plain = synthesizedTemplates({}).service;
    for (const type of ["CloudFront::Distribution", "CloudFront::TrustStore", "SecretsManager::Secret"])
      plain.resourceCountIs(`AWS::${type}`, 0);
  });
});
