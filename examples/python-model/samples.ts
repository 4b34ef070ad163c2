import { readFile } from 'node:fs/promises'

const file = new URL('../digits/test/samples.json', import.meta.url)

/** Pictures of the dataset that the model has not learnt from, as it wants them. */
export async function readSamples(): Promise<Float32Array<ArrayBuffer>[]> {
  const samples: { pixels: number[][] }[] = JSON.parse(await readFile(file, 'utf8'))
  return samples.map(({ pixels }) => Float32Array.from(pixels.flat(), (ink) => ink / 16))
}
