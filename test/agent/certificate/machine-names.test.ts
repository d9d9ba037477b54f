import assert from "node:assert/strict";
import type { NetworkInterfaceInfo } from "node:os";
import { describe, it } from "node:test";
import { machineFacts, machineNames } from "../../../agent/certificate/machine-names.ts";

const facts = (hostName: string, ...addresses: string[]) => ({
  hostName,
  interfaces: { eth0: addresses.map((address) => ({ address, internal: false }) as NetworkInterfaceInfo) },
});

describe("the machine's own names", () => {
  it("are the host's name and the addresses by which others reach it, in one spelling and order", () => {
    const { dnsNames, ipAddresses } = machineNames(
      facts("Worker-1.Example.com.", "2001:0db8::0001", "10.0.0.2", "10.0.0.1", "::ffff:10.0.0.1", "fd00::1"),
    );
    assert.deepEqual(dnsNames, ["worker-1.example.com"]);
    assert.deepEqual(ipAddresses, ["10.0.0.1", "10.0.0.2", "2001:db8::1", "fd00::1"]);
  });

  it("are no addresses of the link, the host itself, groups or nobody, whatever the interface says", () => {
    const unreachable = ["127.0.0.1", "::1", "169.254.0.9", "fe80::1", "fe80::1%eth0", "febf::1", "0.0.0.0", "::"];
    const groups = ["224.0.0.1", "255.255.255.255", "ff02::1", "::ffff:127.0.0.1", "nonsense"];
    assert.deepEqual(machineNames(facts("n1", ...unreachable, ...groups)).ipAddresses, []);
    const internal = { address: "10.0.0.1", internal: true } as NetworkInterfaceInfo;
    assert.deepEqual(machineNames({ hostName: "n1", interfaces: { lo: [internal], gone: undefined } }).ipAddresses, []);
  });

  for (const hostName of ["localhost", "localhost.localdomain", "", "(none)", "my_host", "bücher", "10.0.0.1", "a b"]) {
    it(`are none of a host called ${JSON.stringify(hostName)}`, () => {
      assert.deepEqual(machineNames(facts(hostName)).dnsNames, []);
    });
  }

  it("can be had of this machine", () => {
    const { dnsNames, ipAddresses } = machineNames(machineFacts());
    assert.ok(dnsNames.length <= 1 && ipAddresses.every((address) => !address.includes("%")));
  });
});
