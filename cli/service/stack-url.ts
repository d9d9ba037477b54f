import { USER_AGENT } from "../program/cli-version.ts";
import { OperatorError, UsageError } from "../program/operator-error.ts";
import { printable } from "../output/printable-text.ts";
import { findAccessKey, stackRegion } from "./access-key.ts";
import { httpsTransport, type Answer, type OutgoingRequest } from "./exchange.ts";
import { signed } from "./request-signature.ts";
import { withRetries } from "./retries.ts";
import { ServiceError } from "./service-error.ts";
import { parseQueryError, parseStackDescription } from "./stack-description.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The stack's output with the service's address. */
const OUTPUT = "Url";

/** CloudFormation's rule for names. An ARN names its own Region. */
const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,127}$/;
const STACK_ARN = /^arn:aws[a-z-]*:cloudformation:([a-z0-9-]+):\d{12}:stack\/[A-Za-z0-9-]+\/[0-9a-f-]+$/;

/**
 * The service's address, from the outputs of its CloudFormation stack, read with the operator's credentials.
 *
 * @throws UsageError, OperatorError
 */
export async function findStackUrl(stack: string, environment: Environment): Promise<string> {
  if (!STACK_NAME.test(stack) && !STACK_ARN.test(stack))
    throw new UsageError(`${JSON.stringify(stack)} is no name of a CloudFormation stack, like nodeseal`);
  const region = STACK_ARN.exec(stack)?.[1] ?? stackRegion(environment);
  const accessKey = await findAccessKey(environment);
  const transport = httpsTransport({ anchorsPem: undefined, environment, addressSetting: "the region" });
  const url = endpointOf(region, environment);
  const answer = await withRetries("GET", async () => {
    const body = new URLSearchParams({ Action: "DescribeStacks", Version: "2010-05-15", StackName: stack }).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8", "user-agent": USER_AGENT };
    const plain: OutgoingRequest = { method: "POST", url, headers, body };
    const got = await transport(await signed(plain, accessKey, { region, service: "cloudformation" }));
    if (got.status !== 200) throw await refusalOf(got, { stack, region, accessKeyId: accessKey.accessKeyId });
    return got;
  });
  return outputOf(answer, stack);
}

/** `AWS_ENDPOINT_URL_CLOUDFORMATION`, as for every AWS tool, but only https. */
function endpointOf(region: string, environment: Environment): URL {
  const own = environment["AWS_ENDPOINT_URL_CLOUDFORMATION"];
  if (!own) return new URL(`https://cloudformation.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/`);
  const url = URL.parse(own);
  if (url?.protocol !== "https:") throw new UsageError("AWS_ENDPOINT_URL_CLOUDFORMATION must begin with https://");
  return url;
}

async function outputOf({ body }: Answer, stack: string): Promise<string> {
  const description = await parseStackDescription(body);
  if (description === undefined) throw new OperatorError("CloudFormation's answer is not understood; give --url");
  const { status, outputs } = description;
  const url = outputs.get(OUTPUT);
  if (url !== undefined) return url;
  const why = status.endsWith("_IN_PROGRESS")
    ? "wait until its deployment is done"
    : stack.endsWith("-state")
      ? `the service's own stack is ${stack.slice(0, -"-state".length)}`
      : "is it the service's stack? it has the name of the cluster";
  throw new OperatorError(`the stack ${stack} has no output ${OUTPUT} (${printable(status)}); ${why}`);
}

interface Question {
  readonly stack: string;
  readonly region: string;
  readonly accessKeyId: string;
}

/** Turns CloudFormation's error code into a message that says what to do. */
async function refusalOf({ status, body }: Answer, { stack, region, accessKeyId }: Question): Promise<OperatorError> {
  const { code, message } = (await parseQueryError(body)) ?? { code: "", message: "" };
  switch (code) {
    case "ValidationError":
      return new OperatorError(
        `there is no stack ${stack} in ${region} for access key ${accessKeyId}; check its name, --region or AWS_REGION, and AWS_PROFILE`,
      );
    case "AccessDenied":
    case "AccessDeniedException":
      return new OperatorError(
        `access key ${accessKeyId} may not read the stack ${stack}: it needs cloudformation:DescribeStacks; or give --url`,
      );
    case "Throttling":
    case "ThrottlingException":
      return new ServiceError("CloudFormation is being asked too often; try again in a moment, or give --url", {
        status: 429,
        code,
        retryAfterSeconds: undefined,
      });
    default: {
      const words = printable(`${code || status} ${message}`.replace(/\s+/g, " ").trim()).slice(0, 300);
      return status >= 500
        ? new ServiceError(`CloudFormation in ${region} failed: ${words}; try again, or give --url`, {
            status,
            code,
            retryAfterSeconds: undefined,
          })
        : new OperatorError(`CloudFormation in ${region} does not accept access key ${accessKeyId}: ${words}`);
    }
  }
}
