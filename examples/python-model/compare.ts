import { classifier } from '../digits/classifier.ts'
import { compareModels } from './compareModels.ts'
import { pythonClassifier } from './models.ts'
import { readSamples } from './samples.ts'

// Prints what `GET /compare` answers, without a server.

const { samples, agree, largestDifference, ...latencies } = await compareModels(
  pythonClassifier,
  classifier,
  await readSamples(),
)
await Promise.all([pythonClassifier.close(), classifier.close()])

console.log(`same digit          ${agree} of ${samples} samples`)
console.log(`largest difference  ${largestDifference.toExponential(1)} between two probabilities`)
for (const [name, { aloneMs, togetherMs }] of Object.entries(latencies))
  console.log(`${name.padEnd(18)}  ${aloneMs.toFixed(2)} ms a sample alone, ${togetherMs.toFixed(3)} ms in batches`)
