/** Writes to standard output, and waits until it is written. */
export function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()))
}

/**
 * Runs something while all that is written to standard output goes to standard error instead: what an app
 * logs while it loads is no part of a command's answer.
 */
export async function withQuietOutput<T>(run: () => Promise<T>): Promise<T> {
  const { write } = process.stdout
  process.stdout.write = process.stderr.write.bind(process.stderr)
  try {
    return await run()
  } finally {
    process.stdout.write = write
  }
}
