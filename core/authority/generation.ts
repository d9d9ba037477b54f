import type { AuthorityRole, TrustBundle } from "./authority.ts";

/** `issuing-g2`: in the CA's subject, in the alias of its key, and what operators call it. */
export function authorityIdOf(role: AuthorityRole, generation: number): string {
  return `${role}-g${generation}`;
}

/** Undefined when it is no id of ours. */
export function generationOf(id: string): { readonly role: AuthorityRole; readonly generation: number } | undefined {
  const [, role, generation] = /^(root|issuing)-g([1-9]\d{0,3})$/.exec(id) ?? [];
  return role === "root" || role === "issuing" ? { role, generation: Number(generation) } : undefined;
}

/** 0 when it is no issuing CA's. */
export function issuingGenerationOf(id: string): number {
  const known = generationOf(id);
  return known?.role === "issuing" ? known.generation : 0;
}

/** The newest generation of a role in any state; 0 when there is none. */
export function latestGeneration({ authorities }: Pick<TrustBundle, "authorities">, role: AuthorityRole): number {
  return Math.max(
    0,
    ...authorities.filter((one) => one.role === role).map(({ id }) => generationOf(id)?.generation ?? 0),
  );
}

export function nextAuthorityId(bundle: Pick<TrustBundle, "authorities">, role: AuthorityRole): string {
  return authorityIdOf(role, latestGeneration(bundle, role) + 1);
}

export function keyAliasOf(clusterName: string, id: string): string {
  return `alias/${clusterName}/${id}`;
}
