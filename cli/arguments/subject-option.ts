import { InvalidArgumentError } from "commander";

export interface SubjectOption {
  readonly organizations: readonly string[];
  readonly commonName?: string;
}

/** `O=system:nodes, CN=system:node:n1`, as this service prints subjects. A comma within a value is written `\,`. */
export function subjectOption(text: string): SubjectOption {
  const organizations: string[] = [];
  let commonName: string | undefined;
  for (const part of text.split(/(?<!\\),/)) {
    const [, type = "", escaped = ""] = /^\s*(O|CN)=(.*?)\s*$/i.exec(part) ?? [];
    const value = escaped.replace(/\\(.)/g, "$1");
    if (value === "" || (type.toUpperCase() === "CN" && commonName !== undefined))
      throw new InvalidArgumentError('Write it like "O=system:nodes, CN=system:node:worker-1": any O, one CN.');
    if (type.toUpperCase() === "O") organizations.push(value);
    else commonName = value;
  }
  return { organizations, ...(commonName === undefined ? {} : { commonName }) };
}
