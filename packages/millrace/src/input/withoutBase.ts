/** A path without the base path, where it has it; a request that comes past the proxy has not. */
export function withoutBase(path: string, basePath: string): string {
  if (!path.startsWith(basePath)) return path
  const rest = path.slice(basePath.length)
  return rest === '' ? '/' : rest.startsWith('/') ? rest : path
}
