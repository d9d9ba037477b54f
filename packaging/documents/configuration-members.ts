import type { Meanings } from "./members.ts";

const AT_ONCE =
  "How many calls it serves at once. `null`: the account's pool is the limit, and nothing is kept free for it.";
const MEMORY = "Memory in megabytes.";
const NAME = "The host name.";
const CERTIFICATE = "An ACM certificate for it in the API's Region, issued by ACM.";

const AUTHORITY: Meanings = {
  authority: "The CAs.",
  "authority.hierarchy":
    "`own`: a root and an issuing CA. `single`: the issuing CA is its own root. `external`: an external CA signs it. Cannot be changed later.",
  "authority.externalRootFile": "With `external`: its root in PEM, and the CAs between the two if there are any.",
  "authority.externalRootFiles": "Several such files, one for each root.",
  "authority.issuingCertificateFile": "With `external`: the issuing CA's certificate in PEM, once it has been made.",
  "authority.issuingCertificateFiles": 'The same, one for each generation: `{"issuing-g1": FILE}`.',
  "authority.keySpec": "Of the CAs' keys. A living CA's cannot be changed.",
  "authority.forcedRetirementTakesTwo":
    "Whether `nodeseal ca retire --force` takes the word of a second administrator, of another role or user.",
  "authority.rootLifetimeDays": "Used when a root is made.",
  "authority.issuingLifetimeDays": "Used when an issuing CA is made. No longer than the root's.",
  "authority.rootGenerations": "How many roots have a key. Raise it by one to prepare the next. Never lower it.",
  "authority.issuingGenerations":
    "How many issuing CAs have a key. Raise it by one to prepare the next. Never lower it.",
  "authority.reservedConcurrency": AT_ONCE,
};

const OPTIONAL_PARTS: Meanings = {
  kubernetes: "Kubernetes' API beside the native one.",
  "kubernetes.enabled": "`false` leaves it out without losing the section.",
  "kubernetes.administratorArns": "IAM roles and users who administer through it. A `*` may end a name.",
  "kubernetes.caFile": "PEM of the CAs that authenticate this host, for `cluster-info`. Relative to this file.",
  "kubernetes.watchSeconds": "How long a watch lasts.",
  "kubernetes.watchConcurrency": AT_ONCE,
  "kubernetes.administrationConcurrency": AT_ONCE,
  revocationLists: "Lists of revoked certificates. `null`: none, and no right to sign them.",
  "revocationLists.shards": "Into how many lists they are divided. More than one needs `url`.",
  "revocationLists.lifetimeHours": "How long a list is good.",
  "revocationLists.ocspUrl":
    "An address of yours that leads here, for certificates to name as the one that answers OCSP. At most 80 characters.",
  "revocationLists.url": "An address of yours that leads here, for certificates to name. At most 80 characters.",
  validators: "Servers that check certificates.",
  "validators.refreshSeconds":
    "How long the slowest of them takes to fetch the trust bundle and the lists again. A new CA signs no sooner. 0: nobody waits for servers.",
  rolesAnywhere: "AWS credentials for machines outside AWS. Needs `revocationLists`.",
  "rolesAnywhere.names": "Common names that get the role; `*` stands for any characters.",
  "rolesAnywhere.sessionSeconds": "How long credentials live. A revocation ends none that were given out.",
  "rolesAnywhere.managedPolicyArns": "What the role may do. With none it may ask who it is.",
  "rolesAnywhere.eksClusterNames": "EKS clusters that the machines join.",
};

export const CONFIGURATION_MEANINGS: Meanings = {
  clusterName: {
    means: "In every name that must be found again. Cannot be changed later.",
    allowed: { pattern: "^[a-z][a-z0-9-]{0,31}$" },
  },
  ...AUTHORITY,
  policy: "Who gets which certificates. Kubernetes' three bindings unless said.",
  policyFile: "The same in a file of its own. Relative to this file.",
  domains: "Names of yours for the API.",
  "domains.api": "For everybody. Give one before the first node joins: machines keep the address they joined by.",
  "domains.api.name": NAME,
  "domains.api.certificateArn": CERTIFICATE,
  "domains.mutualTls": "For clients that show a certificate. Nobody else is let in there.",
  "domains.mutualTls.name": NAME,
  "domains.mutualTls.certificateArn": CERTIFICATE,
  edge: "CloudFront in front: one address for kubelets, with or without a certificate.",
  "edge.name": NAME,
  "edge.certificateArn": "An ACM certificate for it in us-east-1.",
  "edge.originCertificateArn": CERTIFICATE,
  retention: "How long things are kept.",
  "retention.logDays": "Logs. CloudWatch allows these numbers of days.",
  "retention.pointInTimeRecoveryDays": "How far back tables can be restored.",
  alarms: "Who is told of what.",
  "alarms.topicArn": "A topic of yours, which CloudWatch and EventBridge may publish to. Or `email`.",
  "alarms.email": "A topic is made with this subscriber. Or `topicArn`.",
  "alarms.dashboard": "A CloudWatch dashboard named like the cluster.",
  "alarms.overdueNodes":
    "How many nodes must stop renewing within a day to raise `NodesOverdue`. `null`: no such alarm, where machines go unsaid.",
  keyAdministratorArns: "IAM roles and users who may schedule the deletion of a CA key.",
  events: "What EventBridge is told.",
  "events.busName": "A bus of this account and Region. It must exist. `null`: no events.",
  "events.reservedConcurrency": AT_ONCE,
  ...OPTIONAL_PARTS,
  nodeApi: "The function that nodes talk to.",
  "nodeApi.memoryMegabytes": MEMORY,
  "nodeApi.reservedConcurrency": AT_ONCE,
  adminApi: "The function that operators talk to.",
  "adminApi.memoryMegabytes": MEMORY,
  "adminApi.reservedConcurrency": AT_ONCE,
  tracing: "X-Ray for the functions.",
};
