import { Tensor } from './Tensor.ts'

/** The keys that lead to one value from a list of values. */
export type Way = readonly (string | number)[]

/**
 * Where tensors stand in values, in lists and plain objects at any depth: a structured clone, which is how values
 * travel between threads and processes, leaves their data and shape and takes away their class. `undefined` where
 * there are none, as in most messages.
 */
export function tensorsIn(values: readonly unknown[]): Way[] | undefined {
  const found: Way[] = []
  // A clone keeps what is there twice one object, so that it is enough to see it once.
  const seen = new Set<object>()
  const look = (value: unknown, way: Way): void => {
    if (typeof value !== 'object' || value === null) return
    if (value instanceof Tensor) return void found.push(way)
    if (ArrayBuffer.isView(value) || seen.has(value)) return
    seen.add(value)
    if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++)
        if (typeof value[index] === 'object') look(value[index], [...way, index])
    } else for (const key in value) look((value as Record<string, unknown>)[key], [...way, key])
  }
  look(values, [])
  return found.length > 0 ? found : undefined
}

/** Gives the tensors of cloned values their class back. */
export function restoreTensors(values: readonly unknown[], ways: readonly Way[] = []): void {
  for (const way of ways) {
    const key = way.at(-1) as string
    let parent = values as unknown as Record<string, unknown>
    for (const step of way.slice(0, -1)) parent = parent[step] as Record<string, unknown>
    const { data, shape } = parent[key] as Tensor
    parent[key] = new Tensor(data, shape)
  }
}
