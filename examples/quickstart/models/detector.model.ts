import detect from 'lande'
import { defineModel } from 'millrace/models'
import type { DetectedLanguage } from './detector.ts'

/** What the detector says of a text in which it knows nothing. */
const nothingKnown = JSON.stringify(detect(''))

export default defineModel({ run: (_, texts: string[]) => texts.map(languagesOf) })

function languagesOf(text: string): DetectedLanguage[] {
  const found = detect(text)
  if (JSON.stringify(found) === nothingKnown) return []
  return found.map(([language, probability]) => ({ language, probability }))
}
