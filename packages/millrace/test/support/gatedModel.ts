import { inline, model } from 'millrace/models'
import { onTestFinished } from 'vitest'
import { z } from 'zod'

/** A model whose batches wait until the test lets them go. */
export function gated(options: Partial<Parameters<typeof model<z.ZodString, z.ZodString>>[0]> = {}, concurrency = 1) {
  const batches: { items: string[]; finish: () => void; fail: (error: Error) => void }[] = []
  let arrived: (() => void) | undefined
  const made = model({
    name: 'gated',
    input: z.string(),
    output: z.string(),
    runtime: inline<undefined, string, string>({
      run: (_model, items) =>
        new Promise((resolve, reject) => {
          batches.push({ items, finish: () => resolve(items.map((item) => item.toUpperCase())), fail: reject })
          arrived?.()
        }),
      concurrency,
    }),
    ...options,
  })
  onTestFinished(async () => {
    for (const batch of batches) batch.finish()
    await made.close()
  })
  /** Waits for the n-th batch, counted from 0. */
  const batch = async (index: number) => {
    while (batches.length <= index) await new Promise<void>((resolve) => (arrived = resolve))
    return batches[index] as (typeof batches)[number]
  }
  return { made, batches, batch }
}
