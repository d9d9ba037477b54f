import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { KMSClient } from "@aws-sdk/client-kms";
import { eventBridgePublisher } from "../../adapters/eventbridge/event-publisher.ts";
import { kmsKeyMaker } from "../../adapters/kms/key-maker.ts";
import { kmsSigner } from "../../adapters/kms/signer.ts";
import { s3TrustBundlePublisher } from "../../adapters/s3/trust-bundle-publisher.ts";
import { signedRequest } from "../../adapters/signed-request.ts";
import { KEY_TYPES } from "../../core/keys/key-type.ts";
import { issuingAlgorithm } from "../../core/keys/signature-algorithm.ts";
import { IS_LONG_RUN } from "../support/long-run.ts";
import { startMoto, whyNoMoto, type MotoServer } from "../support/moto-server.ts";
import { scriptedClientSettings } from "../support/scripted-aws-service.ts";
import { randomOctets } from "../support/stored-records.ts";
import { dynamoDbContracts } from "./contract/dynamodb.contract.ts";
import { keyMakerContract } from "./contract/key-maker.contract.ts";

const skip = whyNoMoto() ?? false;
const REGION = "eu-central-1";
Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" });

// A skipped suite counts for nothing in the summary; a skipped test is named there with its reason.
it("has moto's server to test the adapters on", { skip }, () => undefined);

describe("the adapters on moto", { skip }, () => {
  let server: MotoServer | undefined;
  let kms: KMSClient | undefined;
  before(async () => {
    server = await startMoto();
    kms = new KMSClient(scriptedClientSettings(server.url));
  });
  after(async () => {
    kms?.destroy();
    await server?.close();
  });
  const started = (): MotoServer => {
    if (server === undefined) throw new Error("moto has not started");
    return server;
  };
  const kmsClient = (): KMSClient => {
    if (kms === undefined) throw new Error("moto has not started");
    return kms;
  };

  dynamoDbContracts(started, IS_LONG_RUN ? "two" : "one");

  const keys = () => kmsKeyMaker({ client: kmsClient() });
  // moto 5.2.5 knows neither the specs of Ed25519 and ML-DSA nor their algorithms.
  const keySpecs = KEY_TYPES.filter((keyType) => issuingAlgorithm(keyType).hash !== undefined);
  keyMakerContract(() => Promise.resolve(keys()), keySpecs);

  // Not the whole contract. Sign's MessageType DIGEST means that Message is signed as the digest it is; moto 5.2.5 takes
  // it for RAW and hashes it again. And for a key of another family it answers ValidationException where KMS documents
  // InvalidKeyUsageException.
  describe("Signer", () => {
    const signer = () => kmsSigner({ client: kmsClient() });
    for (const keyType of keySpecs) {
      it(`sends the digest of a message to be signed with ${keyType}, by the right algorithm`, async () => {
        const { keyArn, spki } = await keys().findOrCreateKey(`alias/signer-${keyType}`, keyType);
        const algorithm = issuingAlgorithm(keyType);
        const { hash = "" } = algorithm;
        const message = randomOctets(5000);
        const { octets: signature } = await signer().sign(keyArn, algorithm, message);
        const digest = createHash(hash).update(message).digest();
        const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
        assert.equal(verify(hash, digest, key, signature), true);
        assert.equal(verify(hash, message, key, signature), false, "moto knows DIGEST now: use the contract");
      });
    }

    it("fails, without a refusal to show to callers, where there is no such key", async () => {
      const keyArn = `arn:aws:kms:${REGION}:123456789012:key/00000000-0000-4000-8000-000000000000`;
      const signing = signer().sign(keyArn, issuingAlgorithm("P-256"), randomOctets(10));
      await assert.rejects(signing, /^Error: KMS does not use the key .*NotFoundException/);
    });
  });

  describe("the publisher of trust bundles", () => {
    const s3 = signedRequest({ service: "s3", region: REGION });
    const ask = (method: string, path: string, body = "") =>
      s3({ method, url: new URL(path, started().url), headers: {}, body });
    const location = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`;
    const publisher = (bucketName: string) =>
      s3TrustBundlePublisher({ request: s3, endpoint: started().url, bucketName, objectKey: "trust bundle.pem" });

    it("writes a version each time, and tells which", async () => {
      await ask("PUT", "/versioned", location);
      const enabled = `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>`;
      assert.equal((await ask("PUT", "/versioned?versioning", enabled)).statusCode, 200);
      const bundles = publisher("versioned");
      const [one, other] = [await bundles.publish("one\n"), await bundles.publish("other\n")];
      assert.notEqual(one, other);
      // Nobody checks the signature; without one, moto takes the reader for the public.
      const headers = { authorization: "AWS4-HMAC-SHA256 Credential=test/20261124/eu-central-1/s3/aws4_request" };
      const read = async (version: string) =>
        (await fetch(new URL(`/versioned/trust%20bundle.pem?versionId=${version}`, started().url), { headers })).text();
      assert.deepEqual([await read(one), await read(other)], ["one\n", "other\n"]);
    });

    it("refuses a bucket without versions, and one that is not there", async () => {
      await ask("PUT", "/plain", location);
      await assert.rejects(publisher("plain").publish("one\n"), /the bucket plain keeps no versions/);
      await assert.rejects(publisher("absent").publish("one\n"), /S3 refused the trust bundle: 404 NoSuchBucket/);
    });
  });

  describe("the publisher of events", () => {
    const request = signedRequest({ service: "events", region: REGION });
    const publish = (busName: string, ids: readonly string[]) =>
      eventBridgePublisher({
        request,
        endpoint: started().url,
        busName,
        sleep: () => Promise.resolve(),
      }).publish(ids.map((id) => ({ type: "Node Released", at: new Date("2026-11-24T12:00:00Z"), detail: { id } })));
    const ask = async (operation: string, members: object): Promise<Record<string, unknown>> => {
      const { statusCode, body } = await request({
        method: "POST",
        url: new URL(started().url),
        headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `AWSEvents.${operation}` },
        body: JSON.stringify(members),
      });
      assert.equal(statusCode, 200, body);
      return JSON.parse(body) as Record<string, unknown>;
    };

    it("puts every event on the bus, more than one call takes", async () => {
      const { EventBusArn } = await ask("CreateEventBus", { Name: "nodes" });
      await ask("CreateArchive", { ArchiveName: "all", EventSourceArn: EventBusArn });
      const ids = Array.from({ length: 25 }, (_, index) => String(index));
      assert.deepEqual(await publish("nodes", ids), []);
      assert.equal((await ask("DescribeArchive", { ArchiveName: "all" }))["EventCount"], 25);
    });
  });
});
