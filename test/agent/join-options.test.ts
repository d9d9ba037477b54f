import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { certificatePlan } from "../../agent/command-line/certificate-options.ts";
import { dnsNameOption, ipAddressOption } from "../../agent/command-line/name-options.ts";
import { runAgent, temporaryDirectory } from "./support/agent-run.ts";

const SERVER = ["--signer", "nodeseal.dev/server"];
const CLIENT = ["--signer", "nodeseal.dev/client"];
const SERVING = ["--signer", "kubernetes.io/kubelet-serving"];
const KUBECONFIG = ["--kubeconfig", "/nonexistent/kubeconfig", "--server", "https://api.example:6443"];
const LONG = "a".repeat(4096);

const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["no name", [], /'--node <name>' not specified; see/],
  ["no name of a person", CLIENT, /'--node <name>' not specified, nor --common-name/],
  ["a signer nobody knows", ["--node", "n1", "--signer", "example.com/x"], /known are kubernetes\.io/],
  ["--dns with a signer that has no names", ["--node", "n1", "--dns", "n1"], /certifies no DNS names or IP addresses/],
  ["--ip with a signer that has no names", ["--node", "n1", "--ip", "10.0.0.1"], /certifies no DNS names or IP/],
  ["a server without names", [...SERVER, "--node", "web-1"], /at least one --dns or --ip/],
  ["a common name of a node", ["--node", "n1", "--common-name", "n1"], /makes it of the node's name/],
  ["a common name of a node's server", [...SERVING, "--common-name", "n1", "--dns", "n1"], /give --node/],
  ["two names", [...CLIENT, "--node", "a", "--common-name", "b"], /give one of them/],
  ["an organization of a node", ["--node", "n1", "--organization", "dev"], /says itself which \(system:nodes\)/],
  ["Kubernetes' organizations", [...CLIENT, "--node", "a", "--organization", "system:masters"], /Kubernetes' own/],
  [
    "a serving certificate beside another signer's",
    [...CLIENT, "--node", "a", "--with-serving"],
    /not with nodeseal\.dev\/client/,
  ],
  [
    "its file names",
    ["--node", "a", "--with-serving", "--name", "kubelet-server"],
    /of the serving certificate's files/,
  ],
  ["a serving certificate of a zone", ["--node", "a", "--with-serving", "--ip", "fe80::1%eth0"], /leave out the zone/],
  ["a kubeconfig of a server", [...SERVER, "--node", "web-1", "--dns", "a.example", ...KUBECONFIG], /is no client's/],
  ...[
    "",
    " ",
    "a b",
    "a\nb",
    "a\0b",
    "$(id)",
    "`id`",
    "jane,O=x",
    "jane/O=x",
    "system:node:n1",
    "-a",
    "jané",
    LONG,
  ].map((name) => [`the common name ${name.slice(0, 9)}`, [...CLIENT, "--common-name", name], /common name/] as const),
  ...["", "a\nb", "a\0b", "a\u202eb", "a\u200bb", "\ufffd", "a\u2028b", LONG].map(
    (name) =>
      [
        `the organization ${name.slice(0, 9)}`,
        [...CLIENT, "--node", "a", "--organization", name],
        /can be seen/,
      ] as const,
  ),
  ...["", ".", "..", "a..b", ".a", "a b", "a\nb", "a\0b", "$(id)", "a_b", "-a", "a:443", "https://a", LONG].map(
    (name) => [`the DNS name ${name.slice(0, 9)}`, [...SERVER, "--node", "a", "--dns", name], /DNS name/] as const,
  ),
  ["a wildcard", [...SERVER, "--node", "a", "--dns", "*.example.com"], /wildcards/],
  ["an IDN", [...SERVER, "--node", "a", "--dns", "bücher.example"], /write it in ASCII, as xn--bcher-kva\.example/],
  ["a letter that looks like another", [...SERVER, "--node", "a", "--dns", "\u212aube.example"], /DNS name|in ASCII/],
  ["an address as a name", [...SERVER, "--node", "a", "--dns", "10.0.0.1"], /give it with --ip/],
  ["an IPv6 address as a name", [...SERVER, "--node", "a", "--dns", "::1"], /give it with --ip/],
  ["nearly an address as a name", [...SERVER, "--node", "a", "--dns", "10.0.0.256"], /must not end in a number/],
  ["a zone", [...SERVER, "--node", "a", "--ip", "fe80::1%eth0"], /leave out the zone/],
  ["a block", [...SERVER, "--node", "a", "--ip", "10.0.0.0/8"], /not a block/],
  ...[
    "",
    "10.0.0",
    "010.0.0.1",
    "10.0.0.256",
    "0x7f000001",
    "[::1]",
    "1::2::3",
    "10.0.0.1\n",
    "a\0",
    "$(id)",
    LONG,
  ].map(
    (text) => [`the address ${text.slice(0, 10)}`, [...SERVER, "--node", "a", "--ip", text], /write it like/] as const,
  ),
  [
    "more names than anybody has",
    [...SERVER, "--node", "a", ...Array.from({ length: 101 }, (_, index) => ["--dns", `a${index}.example`]).flat()],
    /100 are the most/,
  ],
];

describe("the names that join is told", () => {
  for (const [why, flags, says] of wrong) {
    it(`refuses ${JSON.stringify(why)} in one line, before anything is done`, async (t) => {
      const directory = join(temporaryDirectory(t), "pki");
      const basic = ["join", "--url", "https://nodeseal.test", "--token", "abcdef.0123456789abcdef"];
      const { exitStatus, stderr } = await runAgent([...basic, "--dir", directory, ...flags], {});
      assert.equal(exitStatus, 2, stderr);
      assert.match(stderr, says);
      assert.match(stderr, /^nodeseal-agent: [^\0-\x1f\x7f]*$/, "one line");
      assert.ok(stderr.length < 1000, `${stderr.length} characters`);
      assert.equal(existsSync(directory), false);
    });
  }

  it("have one spelling", () => {
    for (const [given, name] of [
      ["Web-1.EXAMPLE.com", "web-1.example.com"],
      ["web-1.example.com.", "web-1.example.com"],
      ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ] as const)
      assert.deepEqual(dnsNameOption(given, undefined), [name]);
    for (const [given, address] of [
      ["2001:0DB8:0:0::0001", "2001:db8::1"],
      ["::ffff:10.0.0.1", "10.0.0.1"],
      ["::ffff:0a00:0001", "10.0.0.1"],
      ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ] as const)
      assert.deepEqual(ipAddressOption(given, undefined), [address]);
    assert.deepEqual(dnsNameOption("A.example", ["a.example"]), ["a.example"], "given twice is given once");
  });

  it("go where the signer's certificates go", () => {
    const place = (signer: string, name?: string) => {
      const dns = /serv(er|ing)$|peer/.test(signer) ? { dns: ["a.example"] } : {};
      const plan = certificatePlan({ signer, node: "a", ...dns, ...(name === undefined ? {} : { name }) });
      return `${plan.directoryPath}/${plan.prefix}-current.pem`;
    };
    assert.equal(
      place("kubernetes.io/kube-apiserver-client-kubelet"),
      "/var/lib/kubelet/pki/kubelet-client-current.pem",
    );
    assert.equal(place("kubernetes.io/kubelet-serving"), "/var/lib/kubelet/pki/kubelet-server-current.pem");
    assert.equal(place("nodeseal.dev/server"), "/var/lib/nodeseal/server/server-current.pem");
    assert.equal(place("nodeseal.dev/server", "web"), "/var/lib/nodeseal/web/web-current.pem");
    assert.equal(place("nodeseal.dev/peer"), "/var/lib/nodeseal/peer/peer-current.pem");
    assert.equal(place("nodeseal.dev/client"), "/var/lib/nodeseal/client/client-current.pem");
  });
});
