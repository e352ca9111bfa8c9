/** Finds out whether the optional package of a provider is installed. Loads none. */
import { type Provider, providerRow } from '../domain/provider.js';

/** @returns the package that a provider needs and that is not installed beside this one; undefined when nothing is missing */
export function missingPackage(
  provider: Provider,
  resolve: (name: string) => unknown = (name) => import.meta.resolve(name),
): string | undefined {
  const name = providerRow(provider).package;
  if (name === undefined) return undefined;
  try {
    resolve(name);
    return undefined;
  } catch {
    return name;
  }
}
