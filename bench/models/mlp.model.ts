import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineModel } from 'millrace/models'

const width = 512
const layers = Number(process.env['BENCH_LAYERS'] ?? 4)
const log = process.env['BENCH_LOG'] ?? ''

/** A multilayer perceptron in plain JavaScript: about a million multiplications for each item and four layers. */
export default defineModel({
  load: () => Array.from({ length: layers }, (_, layer) => weightsOf(layer)),
  run: async (weights: Float32Array[], batch: number[][]) => {
    // A negative first number makes it a job of one second, whose end is written down under that number.
    const jobs = batch.flatMap(([first = 0]) => (first < 0 ? [-first] : []))
    const began = Date.now()
    if (jobs.length > 0) await sleep(1_000)
    const results = batch.map((item) => Array.from(forward(weights, item).subarray(0, 8)))
    for (const job of jobs) appendFileSync(log, `${job} ${began} ${Date.now()}\n`)
    return results
  },
  warmUp: Array.from({ length: 8 }, () => new Array<number>(64).fill(0.5)),
})

/** Numbers without a pattern, small enough to stay in range. */
function weightsOf(layer: number): Float32Array {
  return Float32Array.from({ length: width * width }, (_, index) => Math.sin(index * 12.9898 + layer) / 16)
}

function forward(weights: readonly Float32Array[], item: readonly number[]): Float32Array {
  let x = Float32Array.from({ length: width }, (_, index) => item[index % item.length] as number)
  for (const layer of weights) {
    const y = new Float32Array(width)
    for (let row = 0; row < width; row++) {
      let sum = 0
      const start = row * width
      for (let column = 0; column < width; column++) sum += (layer[start + column] as number) * (x[column] as number)
      y[row] = Math.max(0, sum)
    }
    x = y
  }
  return x
}
