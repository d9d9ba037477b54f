import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAuthorityPublicKey } from "../../../core/keys/authority-public-key.ts";
import { parseDer } from "../../../core/asn1/der.ts";
import { bitString, sequence } from "../../../core/asn1/der-writer.ts";
import { AUTHORITY_KEY_SPECS, ML_DSA_KEY_SPECS } from "../../../core/keys/key-type.ts";
import { parseSubjectPublicKey } from "../../../core/keys/subject-public-key.ts";
import { sharedKeyPair } from "../../support/key-pairs.ts";

describe("parseAuthorityPublicKey", () => {
  for (const keySpec of AUTHORITY_KEY_SPECS) {
    it(`reads ${keySpec}`, () => {
      const { spki } = sharedKeyPair(keySpec);
      const { keyType, publicKey } = parseAuthorityPublicKey(spki);
      assert.equal(keyType, keySpec);
      assert.deepEqual(publicKey.export({ format: "der", type: "spki" }), Buffer.from(spki));
    });
  }

  for (const keySpec of ML_DSA_KEY_SPECS) {
    const { spki } = sharedKeyPair(keySpec);
    const [algorithm = parseDer(spki)] = parseDer(spki).children;
    const key = spki.subarray(22);

    it(`leaves ${keySpec} to CAs: a node's key it is not`, () => {
      assert.throws(() => parseSubjectPublicKey(spki), {
        code: "weak_key",
        message: /2\.16\.840\.1\.101\.3\.4\.3\.1[789]/,
      });
    });

    it(`refuses ${keySpec} of another length, or with parameters`, () => {
      const withNull = sequence(
        sequence(...algorithm.children.map(({ encoded }) => encoded), Buffer.of(5, 0)),
        bitString(key),
      );
      const shorter = sequence(algorithm.encoded, bitString(key.subarray(1)));
      const longer = sequence(algorithm.encoded, bitString(Buffer.concat([key, Buffer.of(0)])));
      for (const changed of [withNull, shorter, longer])
        assert.throws(() => parseAuthorityPublicKey(changed), { name: "RefusalError", code: "weak_key" });
    });
  }
});
