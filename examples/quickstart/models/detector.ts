import { model, workers } from 'millrace/models'
import { z } from 'zod'

/** A language by its ISO 639-3 code, and how probable it is. */
const DetectedLanguage = z.object({ language: z.string(), probability: z.number().min(0).max(1) })

export type DetectedLanguage = z.infer<typeof DetectedLanguage>

/** The languages that a text may be in, most probable first; none where nothing is known. */
export const detector = model({
  name: 'lande',
  input: z.string(),
  output: z.array(DetectedLanguage),
  runtime: workers(new URL('./detector.model.ts', import.meta.url)),
  queue: { maxSize: 512, deadlineMs: 5_000 },
})
