import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isSameEndpoint, normalHttpsUrl } from "../../../core/input/https-url.ts";

describe("the one spelling of an https URL", () => {
  const rows: [typed: string, normal: string | undefined][] = [
    ["https://h.test", "https://h.test"],
    ["https://h.test:443", "https://h.test"],
    ["https://h.test:0443/", "https://h.test"],
    ["HTTPS://H.Test", "https://h.test"],
    ["https://h.test./", "https://h.test"],
    ["https://h.test.:443/prod/", "https://h.test/prod"],
    ["https://h.test:8443", "https://h.test:8443"],
    ["https://h.test//", "https://h.test"],
    ["https://h.test/a/../b/./c", "https://h.test/b/c"],
    ["https://h.test/a%2fb", "https://h.test/a%2Fb"],
    ["https://h.test/Prod", "https://h.test/Prod"],
    ["https://[0:0:0:0:0:0:0:1]:443", "https://[::1]"],
    ["https://[2001:DB8::0001]:8443/", "https://[2001:db8::1]:8443"],
    ["https://bücher.test", "https://xn--bcher-kva.test"],
    ["https://XN--BCHER-KVA.test", "https://xn--bcher-kva.test"],
    ["https://127.1", "https://127.0.0.1"],
    ["http://h.test", undefined],
    ["h.test", undefined],
    ["https://", undefined],
    ["https://.", undefined],
    ["https://user@h.test", undefined],
    ["https://h.test?x", undefined],
    ["https://h.test#x", undefined],
    ["https://h.te st", undefined],
    ["https://h.test\n", undefined],
    ["https://h.test\\@other.test", undefined],
    ["https://h.test:99999", undefined],
    ["https:h.test", undefined],
  ];
  for (const [typed, normal] of rows) {
    it(`of ${JSON.stringify(typed)} is ${normal ?? "none"}`, () => assert.equal(normalHttpsUrl(typed), normal));
  }

  it("does not make two places one", () => {
    for (const other of [
      "https://h.test:444/v1",
      "https://h.test/V1",
      "https://h.test/v1/x",
      "https://h.test/v1/",
      "https://h..test/v1",
      "http://h.test/v1",
    ]) {
      assert.equal(isSameEndpoint("https://h.test/v1", other), false, other);
    }
    assert.equal(isSameEndpoint("nowhere", "nowhere"), false);
  });
});
