type Numbers = Float32Array<ArrayBuffer>

/** The part of a model that is compared. */
interface Classifier {
  run(item: Numbers): Promise<Numbers>
  runMany(items: readonly Numbers[]): Promise<Numbers[]>
}

interface Latency {
  readonly aloneMs: number
  readonly togetherMs: number
}

interface Comparison {
  readonly samples: number
  readonly agree: number
  readonly largestDifference: number
  readonly python: Latency
  readonly onnx: Latency
}

/** Runs the same items through both models, and says how far their answers and their times differ. */
export async function compareModels(
  python: Classifier,
  onnx: Classifier,
  items: readonly Numbers[],
): Promise<Comparison> {
  // The first call of all may have to load a model.
  await Promise.all([python.run(items[0] as Numbers), onnx.run(items[0] as Numbers)])
  const byPython = await timed(python, items)
  const byOnnx = await timed(onnx, items)
  const pairs = byPython.results.map((result, index) => [result, byOnnx.results[index] as Numbers] as const)
  return {
    samples: items.length,
    agree: pairs.filter(([one, other]) => best(one) === best(other)).length,
    largestDifference: Math.max(
      ...pairs.flatMap(([one, other]) => [...one].map((p, i) => Math.abs(p - (other[i] ?? 0)))),
    ),
    python: byPython.latency,
    onnx: byOnnx.latency,
  }
}

async function timed(model: Classifier, items: readonly Numbers[]): Promise<{ results: Numbers[]; latency: Latency }> {
  const times: number[] = []
  for (const item of items) {
    const startMs = performance.now()
    await model.run(item)
    times.push(performance.now() - startMs)
  }
  times.sort((one, other) => one - other)
  const startMs = performance.now()
  const results = await model.runMany(items)
  const togetherMs = (performance.now() - startMs) / items.length
  return { results, latency: { aloneMs: times[times.length >> 1] ?? 0, togetherMs } }
}

function best(probabilities: Numbers): number {
  return probabilities.indexOf(Math.max(...probabilities))
}
