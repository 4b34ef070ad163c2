/** The path that a client has asked for: below a mount and behind a proxy, an app sees the end of it alone. */
export function wholePath({ basePath, path }: { readonly basePath: string; readonly path: string }): string {
  return basePath + path
}
