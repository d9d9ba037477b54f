// A CSR as node-forge makes it: its attributes stand in the order in which they were given.
const forge = require("node-forge");

const keys = forge.pki.rsa.generateKeyPair(2048);
const csr = forge.pki.createCertificationRequest();
csr.publicKey = keys.publicKey;
csr.setSubject([
  { name: "organizationName", value: "system:nodes" },
  { name: "commonName", value: "system:node:generated" },
]);
csr.setAttributes([
  { name: "unstructuredName", value: "a name that is longer than the password" },
  { name: "challengePassword", value: "short" },
]);
csr.sign(keys.privateKey, forge.md.sha256.create());
process.stdout.write(forge.pki.certificationRequestToPem(csr));
