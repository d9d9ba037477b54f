import { loadBundle, type BundledFunction } from "../bundled-function.ts";
import { recordAwsCalls } from "../iam/aws-call-recorder.ts";
import type { KeyNames } from "../iam/key-names.ts";
import { keepForTheEnd, type RecordedRequest } from "../iam/recorded-request.ts";
import type { AssemblyFunction } from "./assembly-functions.ts";

export interface RecordedFunctionOptions {
  /** In place of AWS, by the variable that the SDK reads: `AWS_ENDPOINT_URL_KMS`. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Region and credentials, as Lambda gives them, and what only this machine knows. */
  readonly environment: Readonly<Record<string, string>>;
  readonly keys: KeyNames;
  /** Told what the function logs. */
  readonly print?: (chunk: Buffer) => void;
  readonly record?: (request: RecordedRequest) => void;
  /** Whether the calls are held against the whole deployment's policies at the end of the run. @default true */
  readonly isKept?: boolean;
}

/** Loads a function of a cloud assembly as Lambda does, with someone on the way to AWS who writes down each call. */
export async function loadRecorded(
  { name, directory, environment: deployed }: AssemblyFunction,
  { endpoints, environment, keys, print, record, isKept = true }: RecordedFunctionOptions,
): Promise<BundledFunction> {
  const note = (request: RecordedRequest): void => {
    const named = keys.named(request);
    record?.(named);
    if (isKept) keepForTheEnd(named);
  };
  const recorders = await Promise.all(
    Object.entries(endpoints).map(async ([variable, endpoint]) => ({
      variable,
      ...(await recordAwsCalls(name, endpoint, note)),
    })),
  );
  const urls = Object.fromEntries(recorders.map(({ variable, url }) => [variable, url]));
  const loaded = await loadBundle(directory, name, { ...deployed, ...environment, ...urls }, print);
  return {
    ...loaded,
    close: async () => {
      await loaded.close();
      for (const { close } of recorders) await close();
    },
  };
}
