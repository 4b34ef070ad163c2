import { defineModel } from 'millrace/models'

/** A model that does what the text says, to see how the app takes it. Any other text gets a vector. */
export default defineModel({
  run: async (_, texts: string[], { signal }) => {
    if (texts.includes('exit')) process.exit(7)
    if (texts.includes('throw')) throw new Error('out of tensors')
    if (texts.includes('hang')) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    return texts.map((text) =>
      text === 'refuse' ? new Error('no such token') : new Float32Array(512).fill(1 / Math.sqrt(512)),
    )
  },
})
